"""The registers in the database: one small module per subject.

Register facts (places, units, duties) have ids derived from their codes; people, tokens and identities have UUIDv7.
What may be known of a reporter is in `identity`, encrypted and fenced by row-level security; nothing else here is
secret. Not here: lookups (they are in `bihuan.registers.pure`, fed by `bihuan.registers.live`) and loading (`loading`).
"""

from bihuan.registers.models.identity import Identity, IdentityAccess
from bihuan.registers.models.people import ApiToken, Grant, User
from bihuan.registers.models.places import Area, CalendarEdition, District
from bihuan.registers.models.units import Deputy, Duty, Organisation, OrganisationSpan

__all__ = [
    "ApiToken",
    "Area",
    "CalendarEdition",
    "Deputy",
    "District",
    "Duty",
    "Grant",
    "Identity",
    "IdentityAccess",
    "Organisation",
    "OrganisationSpan",
    "User",
]
