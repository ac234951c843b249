"""Digests that published months carry: a definition or a shared query that changes them needs a new edition."""

DEFINITIONS = {
    ("response_rate", "2026-01"): "96313e65e457ca6d",
    ("untraced_contact_share", "2026-11"): "318ded8ce268b081",
    ("resolution_rate", "2026-01"): "d620bfd031d9f133",
    ("satisfaction_rate", "2026-01"): "6a75a0cfe4f54601",
    ("callback_discrepancy", "2026-01"): "5e742dfc0f579ac3",
    ("exclusion_share", "2026-01"): "4c3d1ac4f3d0783d",
    ("first_time_fix_rate", "2026-01"): "36d54d6065e7b07e",
    ("volume", "2026-01"): "fa05e575447ce718",
    ("repeat_rate", "2026-01"): "78928727ad03771e",
    ("urge_rate", "2026-01"): "bc26ad6aa9d11b43",
    ("return_rate", "2026-01"): "1a834cc79501bfd4",
    ("on_time_rate", "2026-01"): "2cb173f2ee60e9be",
    ("on_time_rate", "2026-11"): "0d2093431598d737",
    ("reopen_rate", "2026-01"): "84df6d8657a424d9",
    ("suspended_share", "2026-01"): "7848efe78812c052",
    ("whistle_rate", "2026-01"): "9058b672f838012b",
    ("arrival_rate", "2026-01"): "23c0e9807f957409",
    ("party_score", "2026-01"): "369eadd5dfeee11a",
    ("findings_inspection", "2026-01"): "d5115243128420ee",
    ("findings_monitoring", "2026-01"): "807c1561daccf5cb",
    ("findings_enforcement", "2026-01"): "4af8e3114305c087",
}

QUERIES = {
    "callbacks": "19abb552c93acd6f4b7c07c4394a04a87311d0b660b9b58ee166d5a0cafd654a",
    "openings": "bab2adbac7f0cdc7db2f4338481943510c3b2bdac2087890fa9f157a20c7c82d",
    "dispatches": "54318c2d16da459eaf6e40bb641518b729c10ac971a5411cede7fd91591bcdc1",
    "handling": "0f313ae4a9129e5446a5ae3ef57e288688855d71d445ce87e86f1352173f6f6e",
    "stock": "858e25ed4e2473497ea8a3a04504a568cf96cb480e129666a55bacb586fb2e37",
    "findings": "7d738dc1dbae7f40e636a682581b6be0f1a4370e532af375ac4cf91ffb630c80",
    "parties": "a07c4f97994ade48fb3789248f25f1bb58e0f1aa3f192a9600ac341eaec248df",
}
