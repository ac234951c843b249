"""Where a report happened: the place named in a short text, and the point on the map it stands for.

`Locator` finds administrative area, street and place with their offsets, in batches; `Gazetteer` holds known places
and learns their other names; `coordinates` converts between the three systems in use in China; `defaults` finds
points that stand for "unknown". Pure functions: no Django, no database, no network.
What does not live here: who is responsible for a place (that is the duty matrix in registers).
"""

from bihuan.insight.places.defaults import Default, defaults
from bihuan.insight.places.gazetteer import Gazetteer, KnownPlace
from bihuan.insight.places.locator import Locator
from bihuan.insight.places.model import Place

__all__ = ["Default", "Gazetteer", "KnownPlace", "Locator", "Place", "defaults"]
