"""Orders 指令: one act to many addressees: approved by a second person, signed, receipted, pre-empted, counted.

`declaration` reads `PROGRAMME/orders/NAME.yaml`; `course` is the pure fold and judge of an order's events; `acting`
writes them; `showing` counts coverage. Source: DESIGN §14 (order); docs/adr/0276-orders.md.
"""
