"""Whatever a mail server took, there is a mail to read in it."""

from __future__ import annotations

import json
import time
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.channels.email.model import html
from chalicelib.channels.email.model.mail import QUOTED_LIMIT, SUBJECT_LIMIT, TEXT_LIMIT, Auto, Mail
from chalicelib.channels.email.model.parsing import parse, parse_head, safe_name
from chalicelib.channels.email.model.quoting import fold
from tests.fakes.mails import mail


def is_sound(found: Mail) -> None:
    """What every other part of the house relies on."""
    assert len(found.text.encode()) <= TEXT_LIMIT
    assert len(found.html.encode()) <= TEXT_LIMIT
    assert len(found.quoted.encode()) <= QUOTED_LIMIT
    assert len(found.subject) <= SUBJECT_LIMIT
    assert "\n" not in found.subject + found.sender + found.sender_name + found.message_id
    assert not found.sender or "@" in found.sender
    for attachment in found.attachments:
        assert attachment.name
        assert not set(attachment.name) & set('/\\\r\n"')
    (found.text + found.html + found.quoted + found.subject + found.sender_name).encode()  # no half characters


def test_a_plain_mail_is_read_as_it_was_written() -> None:
    found = parse(mail("Wo ist mein Päckchen? 📦", subject="Päckchen", sender="Jäna <Jana@Example.com>"))
    assert (found.sender, found.sender_name, found.subject) == ("jana@example.com", "Jäna", "Päckchen")
    assert found.text == "Wo ist mein Päckchen? 📦"
    assert found.message_id == "<first@example.com>"
    assert found.auto is Auto.NO


def test_a_mail_without_message_id_sender_or_subject_is_still_a_mail() -> None:
    found = parse(b"\r\nhello\r\n")
    assert (found.text, found.message_id, found.sender, found.subject) == ("hello", "", "", "")


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "Grüße, 你好, مرحبا, 👋🏽"),
        ("iso-8859-1", "Grüße"),
        ("windows-1252", "Grüße – “so”"),
        ("koi8-r", "Привет"),
        ("shift_jis", "こんにちは"),
        ("gb18030", "你好"),
        ("utf-16", "Grüße"),
        ("utf-7", "Grüße"),
    ],
)
def test_every_charset_is_understood(charset: str, text: str) -> None:
    head = f'From: a@example.com\r\nContent-Type: text/plain; charset="{charset}"\r\n\r\n'
    assert parse(head.encode() + text.encode(charset)).text.strip("\ufeff") == text


@pytest.mark.parametrize(
    "charset", ["x-unknown", "", "us-ascii", "hex", "rot13", "undefined", "idna", "punycode", "\x00"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252"])
def test_a_charset_that_is_a_lie_loses_no_text(charset: str, encoding: str) -> None:
    head = f'From: a@example.com\r\nContent-Type: text/plain; charset="{charset}"\r\n\r\n'
    assert parse(head.encode() + "Schöne Grüße".encode(encoding)).text == "Schöne Grüße"


def test_a_mail_of_html_only_gives_readable_text() -> None:
    page = (
        "<html><head><title>x</title><style>p{color:red}</style></head><body><p>Hello&nbsp;<b>Luna</b>,</p>"
        '<p>see <a href="https://example.com/a">my order</a></p><ul><li>lamp<li>chair</ul><img src="http://spy/x.gif">'
        "</body></html>"
    )
    found = parse(f"From: a@example.com\r\nContent-Type: text/html\r\n\r\n{page}".encode())
    assert found.text == "Hello Luna,\n\nsee my order (https://example.com/a)\n\n- lamp\n- chair"


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        '<b hx-get="/x" hx-trigger="load" x-data="alert(1)" @click="alert(1)">x</b>',
        '<div style="background:url(http://spy.example/x)">x</div>',
        '<iframe src="http://spy.example"></iframe>',
        '<form action="http://spy.example"><input name=password></form>',
        '<link rel=stylesheet href="http://spy.example/x.css"><style>@import "http://spy.example"</style>',
        '<img src="http://spy.example/pixel.gif" srcset="http://spy.example/2.gif 2x">',
        '<video poster="http://spy.example/x"><source src="http://spy.example/y"></video>',
        '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    ],
)
def test_html_comes_without_scripts_styles_forms_and_anything_from_outside(evil: str) -> None:
    found = parse(f"From: a@example.com\r\nContent-Type: text/html\r\n\r\n<p>hi</p>{evil}".encode())
    shown = found.html.lower()
    for bad in (
        "<script",
        "onerror=",
        "onload=",
        "javascript:",
        "spy.example",
        "hx-",
        "x-data",
        "@click",
        "style",
        "<form",
    ):
        assert bad not in shown.replace("&lt;img src=1 onerror=alert(1)&gt;", "")


def test_html_that_is_nested_to_hurt_the_sanitizer_is_shown_as_text_in_time() -> None:
    raw = b"From: a@example.com\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 100_000 + b"help me"
    began = time.perf_counter()
    found = parse(raw)
    assert time.perf_counter() - began < 2
    assert found.html == ""
    assert "could not be shown safely" in found.remarks[0]


def test_files_keep_name_type_and_content() -> None:
    message = EmailMessage()
    message["From"] = "a@example.com"
    message.set_content("see the files")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="Rechnung März.pdf")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="../../etc/passwd")
    found = parse(message.as_bytes())
    assert [(file.name, file.type, file.content) for file in found.attachments] == [
        ("Rechnung März.pdf", "application/pdf", b"%PDF-1.7"),
        ("passwd", "image/png", b"\x89PNG"),
    ]


def test_a_forwarded_mail_is_one_file_and_its_words_are_not_the_customers() -> None:
    inner = EmailMessage()
    inner["Subject"] = "inside"
    inner.set_content("words of somebody else")
    message = EmailMessage()
    message["From"] = "a@example.com"
    message.set_content("please look")
    message.add_attachment(inner)
    found = parse(message.as_bytes())
    assert found.text == "please look"
    assert found.attachments[0].type == "message/rfc822"
    assert b"words of somebody else" in found.attachments[0].content


@pytest.mark.parametrize(
    "name", ["..", "/", "a/b\\c", "con\x00.txt", "x" * 500 + ".pdf", "\u202egpj.exe", "  ", '";\r\nX: y']
)
def test_a_file_name_can_hurt_nobody(name: str) -> None:
    safe = safe_name(name)
    assert len(safe) <= 80
    assert not set(safe) & set('/\\\r\n\x00"\u202e')
    assert safe != ".."


def test_a_long_text_is_cut_and_the_mail_says_so() -> None:
    found = parse(mail("x" * 200_000))
    assert len(found.text) == TEXT_LIMIT
    assert found.remarks == ("Only the first 64 KB of the text are shown; it has 200000 bytes.",)


@pytest.mark.parametrize("letter", ["ä", "👋", "你", '"', "\t.", "\n."])
def test_the_longest_mail_still_fits_into_one_message_of_the_topic(letter: str) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@example.com", letter.strip() * 5000
    words = letter * 200_000
    message.set_content(f"{words[:9000]}\n\nOn Mon, 23 Nov 2026 Luna wrote:\n> {words}")
    message.add_alternative("<p>" + letter * 30_000, subtype="html")
    for n in range(60):
        message.add_attachment(b"x", maintype="text", subtype="plain", filename=f"{letter.strip() * 300}{n}.txt")
    found = parse(message.as_bytes())
    named = [{"name": file.name, "type": file.type, "size": file.size, "key": "k" * 120} for file in found.attachments]
    told = json.dumps([found.text, found.quoted, found.html, found.subject, named])
    assert len(told) < 240 * 1024
    assert found.text


def test_mail_programs_answers_are_found_by_reference_nearest_first() -> None:
    found = parse(mail(In_Reply_To="<c@x>", References="<a@x> <b@x> <c@x>"))
    assert found.thread_keys == ("<c@x>", "<b@x>", "<a@x>")


def test_the_answer_goes_where_the_customer_wants_it() -> None:
    assert parse(mail(Reply_To="Jana at home <home@example.com>")).answer_to == "home@example.com"
    assert parse(mail()).answer_to == "jana@example.com"


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ("Mon, 23 Nov 2026 10:00:00 +0100", "2026-11-23T09:00:00+00:00"),
        ("Mon, 23 Nov 2026 10:00:00 -0000", "2026-11-23T10:00:00+00:00"),
        ("yesterday", ""),
        ("Mon, 99 Nov 99999 99:99:99 +9999", ""),
        ("Fri, 31 Dec 9999 23:59:59 -2359", ""),
    ],
)
def test_a_date_is_a_date_or_nothing(date: str, told: str) -> None:
    found = parse(f"From: a@example.com\r\nDate: {date}\r\n\r\nhi".encode()).date
    assert (found.isoformat() if found else "") == told


def test_the_standard_librarys_own_broken_mails_are_all_read() -> None:
    package = pytest.importorskip("test.test_email", reason="this Python came without its own test mails")
    folder = Path(package.__file__ or "").parent / "data"
    files = sorted(folder.glob("msg_*.txt"))
    if not files:
        pytest.skip("this Python came without its own test mails")
    for file in files:
        is_sound(parse(file.read_bytes()))


def test_the_head_of_a_mail_tells_who_and_what_about() -> None:
    raw = mail("x" * 1_000_000, subject="Big")
    found = parse_head(raw[:10_000])
    assert (found.sender, found.subject, found.message_id, found.text) == (
        "jana@example.com",
        "Big",
        "<first@example.com>",
        "",
    )


# Folding


def test_what_was_quoted_is_folded_and_kept() -> None:
    folded = fold(
        "Thank you!\n\nOn Mon, Nov 23, 2026 at 9:00 AM Luna <help@luna.example> wrote:\n> It is on its way.\n> Maria"
    )
    assert folded.text == "Thank you!"
    assert folded.quoted.startswith("On Mon")
    assert folded.quoted.endswith("> Maria")


def test_german_mail_programs_quote_too() -> None:
    folded = fold("Danke!\n\nAm Mo., 23. Nov. 2026 um 09:00 Uhr schrieb Luna <help@luna.example>:\n> Unterwegs.")
    assert folded.text == "Danke!"


def test_who_answers_below_or_between_the_quotes_is_heard() -> None:
    below = "On Mon, Nov 23, 2026 at 9:00 AM Luna <help@luna.example> wrote:\n> Which lamp?\n\nThe red one."
    between = "Hi,\n\nOn Mon, 23 Nov 2026 Luna wrote:\n> Which lamp?\nThe red one.\n> Where?\nBerlin."
    assert "The red one." in fold(below).text
    assert "The red one." in fold(between).text


def test_quotes_without_an_introduction_are_folded_at_the_end_only() -> None:
    assert fold("No.\n\n> Is it here?\n> Yes?") == ("No.", "> Is it here?\n> Yes?")
    assert fold("> Is it here?\nNo.").quoted == ""


@given(st.text(max_size=400))
def test_folding_loses_nothing(text: str) -> None:
    folded = fold(text)
    kept = [line.strip() for line in (folded.text + "\n" + folded.quoted).split("\n") if line.strip()]
    assert kept == [line.strip() for line in text.split("\n") if line.strip()]


_TOKENS = [
    "On ",
    "wrote:",
    "\n",
    ">",
    "> ",
    "From:",
    "Sent:",
    " ",
    "a",
    "Am",
    "schrieb",
    "Disclaimer",
    "--",
    "__",
    "mail",
]


@settings(max_examples=40)
@given(st.lists(st.sampled_from([*_TOKENS, ":", ".", "Best regards", "-----", "\u2028", "\xa0"]), max_size=400))
def test_folding_comes_to_an_end_with_any_text(tokens: list[str]) -> None:
    fold("".join(tokens) * 20)


# Whatever comes

_NAMES = ["From", "To", "Subject", "Date", "Message-ID", "References", "Content-Type", "Content-Disposition"]
_VALUES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"=?utf-8?q?=C3?= <x@y>",
            b"=?x?y?z?=",
            b'"' * 50,
            b"(" * 3000,
            b"<>" * 200,
            b"a@b, " * 100,
            b"multipart/mixed; boundary=b",
            b"multipart/alternative; boundary=b",
            b'text/html; charset="\xff"',
            b"text/plain; charset=utf-8; charset*1=x; charset*0*=''y",
            b"message/rfc822",
            b"message/delivery-status",
            b"attachment; filename*=utf-8''%ff%fe; filename*0=a",
            b"Mon, 99 Foo 99999 99:99 +99999",
        ]
    ),
)
_HEADERS = st.lists(
    st.tuples(st.sampled_from([*_NAMES, "Content-Transfer-Encoding", "Reply-To", "Auto-Submitted", "\xe9"]), _VALUES),
    max_size=8,
)
_BODIES = st.one_of(
    st.binary(max_size=300),
    st.lists(
        st.sampled_from([b"--b\r\n", b"--b--\r\n", b"\r\n", b"Content-Type: text/html\r\n", b"=ZZ", b"<b>", b"hi\n"])
    ).map(b"".join),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_HEADERS, _BODIES)
def test_no_bytes_end_in_a_traceback(headers: list[tuple[str, bytes]], body: bytes) -> None:
    head = b"".join(name.encode("utf-8") + b": " + value + b"\r\n" for name, value in headers)
    is_sound(parse(head + b"\r\n" + body))


_LEAVES = st.tuples(
    st.sampled_from(["text/plain", "text/html", "image/png", "message/rfc822", "application/x"]),
    st.sampled_from(["7bit", "8bit", "base64", "quoted-printable", "x-uuencode", "nonsense"]),
    st.sampled_from(["utf-8", "latin-1", "utf-16", "nonsense"]),
    st.binary(max_size=80),
)
_TREES: st.SearchStrategy[object] = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=8
)


def _built(tree: object, level: int = 0) -> bytes:
    if isinstance(tree, list):
        boundary = b"=_%d" % level
        parts = b"".join(b"--" + boundary + b"\r\n" + _built(one, level + 1) + b"\r\n" for one in tree)
        return (
            b"Content-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n" + parts + b"--" + boundary + b"--\r\n"
        )
    assert isinstance(tree, tuple)
    kind, encoding, charset, content = tree
    return (
        f"Content-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + content
    )


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_TREES)
def test_nested_parts_in_any_encoding_are_read(tree: object) -> None:
    is_sound(parse(b"From: a@example.com\r\nMIME-Version: 1.0\r\n" + _built(tree)))


def test_parts_nested_or_split_beyond_reason_are_read_raw_and_in_time() -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i) for i in range(3000))
    split = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 300_000
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i) for i in range(200))
    for raw in (deep, split, nested + b"\n" + b"a line\n" * 200_000):
        began = time.perf_counter()
        found = parse(b"From: a@example.com\n" + raw)
        assert time.perf_counter() - began < 3
        assert found.sender == "a@example.com"
        assert "broken" in found.remarks[0]


def test_a_thousand_recipients_are_no_burden() -> None:
    everyone = ", ".join(f"Somebody <person{n}@example.com>" for n in range(1000))
    began = time.perf_counter()
    assert len(parse(f"From: a@example.com\nTo: {everyone}\n\nhi".encode()).recipients) == 100
    assert time.perf_counter() - began < 1


def test_the_reader_understands_what_the_sanitizer_writes() -> None:
    assert html.readable(html.sanitize("a<br>b<hr>c<table><tr><td>1<td>2</table>&lt;b&gt;")) == "a\nb\nc\n\n1 2\n\n<b>"
