"""An article of the knowledge base."""

from bihuan.declare.fieldtype import FieldType, Words


class ArticleFieldType(FieldType):
    """The key of an article, chosen from a list."""

    name = "article"
    label = Words("知识条目", "Article")
    about = Words("知识库条目的编码", "the key of an article of the knowledge base")
    widget = "select"
    offers = "articles"
    in_forms = False
    example = "no-water"


TYPE = ArticleFieldType()
