"""What suggestions are about and what people made of them, in both languages; for desk and cockpit alike."""

from bihuan.loop.kernel.model import Text
from bihuan.suggestions.drafts import Kind

KINDS: dict[str, Text] = {
    Kind.CATEGORY: Text("分类", "Category"),
    Kind.URGENCY: Text("紧急程度", "Urgency"),
    Kind.AREA: Text("所在街镇、社区", "Sub-district or community"),
    Kind.PLACE: Text("文中地点", "Place named"),
    Kind.PARENT: Text("可能重复", "Likely duplicate"),
    Kind.UNIT: Text("承办单位", "Unit"),
}
ANSWERS: dict[str, Text] = {
    "accepted": Text("采纳", "Accepted"),
    "corrected": Text("更正", "Corrected"),
    "overruled": Text("否定", "Overruled"),
    "expired": Text("未处理", "Not answered"),
}
