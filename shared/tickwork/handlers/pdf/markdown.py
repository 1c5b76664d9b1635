"""CommonMark with tables and strikethrough, as a tree that JSON can hold.

    block   {"t": "heading", "level": 1…6, "c": [inline]} | {"t": "p", "c": [inline]} | {"t": "code", "text"}
          | {"t": "quote", "c": [block]} | {"t": "bullets", "tight", "items": [[block]]} | {"t": "rule"}
          | {"t": "numbers", "start", "tight", "items": [[block]]}
          | {"t": "table", "align": ["left"…], "head": [[inline]], "rows": [[{"c": [inline]}]]}
    inline  {"t": "text", "text"} | {"t": "code", "text"} | {"t": "em" | "strong" | "s", "c": [inline]}
          | {"t": "link", "href", "c": [inline]} | {"t": "br"}

HTML is text, an image is its description: a document fetches nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

Node = dict[str, Any]
MAX_NESTING = 12  # a reader cannot follow more, and Typst stops at some depth
LINK_SCHEMES = ("http://", "https://", "mailto:", "tel:")


def parse_markdown(text: str) -> list[Node]:
    """The document's blocks."""
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING}).enable(["table", "strikethrough"])
    return _blocks(SyntaxTreeNode(parser.parse(text)))


def _blocks(node: "SyntaxTreeNode") -> list[Node]:
    return [_block(child) for child in node.children]


def _block(node: "SyntaxTreeNode") -> Node:
    match node.type:
        case "heading":
            return {"t": "heading", "level": int(node.tag[1]), "c": _line(node)}
        case "fence" | "code_block":
            return {"t": "code", "text": node.content.rstrip("\n")}
        case "blockquote":
            return {"t": "quote", "c": _blocks(node)}
        case "bullet_list":
            return {"t": "bullets", **_items(node)}
        case "ordered_list":
            return {"t": "numbers", "start": int(node.attrs.get("start", 1)), **_items(node)}
        case "hr":
            return {"t": "rule"}
        case "table":
            return _table(node)
        case _:
            return {"t": "p", "c": _line(node)}


def _items(node: "SyntaxTreeNode") -> Node:
    tight = all(block.hidden for item in node.children for block in item.children if block.type == "paragraph")
    return {"tight": tight, "items": [_blocks(item) for item in node.children]}


def _table(node: "SyntaxTreeNode") -> Node:
    head, *bodies = node.children
    cells = head.children[0].children
    align, titles = [_side(cell) for cell in cells], [_line(cell) for cell in cells]
    rows = [[{"c": _line(cell)} for cell in row.children] for body in bodies for row in body.children]
    return {"t": "table", "align": align, "head": titles, "rows": rows}


def _side(cell: "SyntaxTreeNode") -> str:
    return str(cell.attrs.get("style", "text-align:left")).partition(":")[2]


def _line(node: "SyntaxTreeNode") -> list[Node]:
    return [inline for holder in node.children for child in holder.children for inline in _inline(child)]


def _inline(node: "SyntaxTreeNode") -> list[Node]:
    match node.type:
        case "em" | "strong" | "s":
            return [{"t": node.type, "c": _inside(node)}]
        case "code_inline":
            return [{"t": "code", "text": node.content}]
        case "link":
            return _link(node)
        case "hardbreak":
            return [{"t": "br"}]
        case "softbreak":
            return [{"t": "text", "text": " "}]
        case _:
            return [{"t": "text", "text": node.content}]


def _inside(node: "SyntaxTreeNode") -> list[Node]:
    return [inline for child in node.children for inline in _inline(child)]


def _link(node: "SyntaxTreeNode") -> list[Node]:
    href = str(node.attrs.get("href", ""))
    if not href.lower().startswith(LINK_SCHEMES):
        return _inside(node)  # relative links lead nowhere from a PDF
    return [{"t": "link", "href": href, "c": _inside(node)}]
