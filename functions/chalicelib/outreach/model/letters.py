"""What somebody on call reads: in a text, in a mail, and on the page behind the link, in the client's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.outreach.model.dispatch import Attempt, Dispatch, Result, Standing
from chalicelib.outreach.model.sms import fitted, plain
from chalicelib.tenancy.model.on_call import By

_USUAL = "en"
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "take": "To take it, open {link}",
        "urgent": "Urgent for {client}: {title}",
        "hello": "Hello {person},",
        "needs": "a message for {client} needs somebody now:",
        "others": "Until somebody takes it, the others on call are tried.",
        "nobody": "Nobody took this message for {client}:",
        "tried": "Tried:",
        "unanswered": "Nobody took it: {title}",
        "button": "I take it",
        "yours": "Thank you, {person}: it is yours.",
        "theirs": "{who} has taken it already.",
        "over": "This message needs nobody any more.",
        "unknown": "This link is not known here.",
        "tape": "A caller left a message on tape: {number}.",
        "withheld": "number withheld",
        "voice": "call",
        "sms": "text",
        "email": "mail",
    },
    "de": {
        "take": "Zum Übernehmen: {link}",
        "urgent": "Dringend für {client}: {title}",
        "hello": "Guten Tag {person},",
        "needs": "eine Nachricht für {client} braucht jetzt jemanden:",
        "others": "Bis jemand übernimmt, werden die anderen in Bereitschaft versucht.",
        "nobody": "Diese Nachricht für {client} hat niemand übernommen:",
        "tried": "Versucht:",
        "unanswered": "Niemand hat übernommen: {title}",
        "button": "Ich übernehme",
        "yours": "Danke, {person}: Sie haben übernommen.",
        "theirs": "{who} hat schon übernommen.",
        "over": "Diese Nachricht braucht niemanden mehr.",
        "unknown": "Dieser Link ist hier nicht bekannt.",
        "tape": "Ein Anrufer hat eine Nachricht auf Band hinterlassen: {number}.",
        "withheld": "Nummer unterdrückt",
        "voice": "Anruf",
        "sms": "SMS",
        "email": "E-Mail",
    },
    "fr": {
        "take": "Pour le prendre : {link}",
        "urgent": "Urgent pour {client} : {title}",
        "hello": "Bonjour {person},",
        "needs": "un message pour {client} a besoin de quelqu'un maintenant :",
        "others": "Tant que personne ne le prend, les autres personnes d'astreinte sont appelées.",
        "nobody": "Personne n'a pris ce message pour {client} :",
        "tried": "Essayés :",
        "unanswered": "Personne ne l'a pris : {title}",
        "button": "Je le prends",
        "yours": "Merci, {person} : il est à vous.",
        "theirs": "{who} l'a déjà pris.",
        "over": "Ce message n'a plus besoin de personne.",
        "unknown": "Ce lien n'est pas connu ici.",
        "tape": "Un appelant a laissé un message enregistré : {number}.",
        "withheld": "numéro masqué",
        "voice": "appel",
        "sms": "SMS",
        "email": "e-mail",
    },
    "es": {
        "take": "Para atenderlo: {link}",
        "urgent": "Urgente para {client}: {title}",
        "hello": "Hola, {person}:",
        "needs": "un mensaje para {client} necesita a alguien ahora:",
        "others": "Hasta que alguien lo atienda, se intenta con los demás de guardia.",
        "nobody": "Nadie atendió este mensaje para {client}:",
        "tried": "Se intentó con:",
        "unanswered": "Nadie lo atendió: {title}",
        "button": "Lo atiendo yo",
        "yours": "Gracias, {person}: es suyo.",
        "theirs": "{who} ya lo atiende.",
        "over": "Este mensaje ya no necesita a nadie.",
        "unknown": "Este enlace no se conoce aquí.",
        "tape": "Una persona dejó un mensaje grabado: {number}.",
        "withheld": "número oculto",
        "voice": "llamada",
        "sms": "SMS",
        "email": "correo",
    },
    "it": {
        "take": "Per prenderlo in carico: {link}",
        "urgent": "Urgente per {client}: {title}",
        "hello": "Buongiorno {person},",
        "needs": "un messaggio per {client} ha bisogno di qualcuno adesso:",
        "others": "Finché nessuno lo prende in carico, si provano gli altri reperibili.",
        "nobody": "Nessuno ha preso in carico questo messaggio per {client}:",
        "tried": "Tentativi:",
        "unanswered": "Nessuno l'ha preso in carico: {title}",
        "button": "Lo prendo io",
        "yours": "Grazie, {person}: è suo.",
        "theirs": "{who} l'ha già preso in carico.",
        "over": "Questo messaggio non ha più bisogno di nessuno.",
        "unknown": "Questo link non è conosciuto qui.",
        "tape": "Una persona ha lasciato un messaggio registrato: {number}.",
        "withheld": "numero nascosto",
        "voice": "chiamata",
        "sms": "SMS",
        "email": "e-mail",
    },
    "nl": {
        "take": "Om het op te pakken: {link}",
        "urgent": "Dringend voor {client}: {title}",
        "hello": "Hallo {person},",
        "needs": "een bericht voor {client} heeft nu iemand nodig:",
        "others": "Tot iemand het oppakt, worden de anderen met dienst geprobeerd.",
        "nobody": "Niemand heeft dit bericht voor {client} opgepakt:",
        "tried": "Geprobeerd:",
        "unanswered": "Niemand heeft het opgepakt: {title}",
        "button": "Ik pak het op",
        "yours": "Dank u, {person}: het is voor u.",
        "theirs": "{who} heeft het al opgepakt.",
        "over": "Dit bericht heeft niemand meer nodig.",
        "unknown": "Deze link is hier niet bekend.",
        "tape": "Een beller heeft een bericht ingesproken: {number}.",
        "withheld": "nummer afgeschermd",
        "voice": "telefoon",
        "sms": "sms",
        "email": "e-mail",
    },
    "pl": {
        "take": "Aby przyjąć: {link}",
        "urgent": "Pilne dla {client}: {title}",
        "hello": "Dzień dobry, {person},",
        "needs": "wiadomość dla {client} wymaga teraz reakcji:",
        "others": "Dopóki nikt jej nie przyjmie, próbujemy kolejnych osób na dyżurze.",
        "nobody": "Nikt nie przyjął tej wiadomości dla {client}:",
        "tried": "Próby:",
        "unanswered": "Nikt nie przyjął: {title}",
        "button": "Przyjmuję",
        "yours": "Dziękujemy, {person}: wiadomość jest przyjęta.",
        "theirs": "Wiadomość przyjął już ktoś inny: {who}.",
        "over": "Ta wiadomość nie wymaga już reakcji.",
        "unknown": "Ten link nie jest tu znany.",
        "tape": "Ktoś zostawił nagraną wiadomość: {number}.",
        "withheld": "numer zastrzeżony",
        "voice": "telefon",
        "sms": "SMS",
        "email": "e-mail",
    },
}


def house_sender(domain: str) -> str:
    """Who writes for a client that sends no mail of its own: the house, by its own domain."""
    return f"on-call@{domain}"


def words(language: str, key: str, /, **filled: str) -> str:
    known = next((one for one in (language, language.partition("-")[0]) if one in _WORDS), _USUAL)
    return _WORDS[known][key].format(**filled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    subject: str
    text: str


def text_of(dispatch: Dispatch, link: str) -> str:
    """Not longer than some parts: the page behind the link shows the whole message."""
    client, take = plain(dispatch.client), words(dispatch.language, "take", link=link)
    return fitted(plain(dispatch.message), lambda message: f"{client}: {message}\n{take}")


def letter_of(dispatch: Dispatch, attempt: Attempt, link: str) -> Letter:
    told = dispatch.language
    lines = [
        words(told, "hello", person=attempt.person),
        "",
        words(told, "needs", client=dispatch.client),
        "",
        dispatch.message,
        "",
        words(told, "take", link=link),
        "",
        words(told, "others"),
    ]
    subject = words(told, "urgent", client=dispatch.client, title=dispatch.ladder.title)
    return Letter(subject=subject, text="\n".join(lines) + "\n")


def unanswered_letter(dispatch: Dispatch) -> Letter:
    """For who gets what nobody took. Moments are UTC."""
    told = dispatch.language
    tried = [f"{one.at:%Y-%m-%d %H:%M:%S} UTC  {one.person}, {words(told, one.by.value)}" for one in dispatch.attempts]
    lines = [words(told, "nobody", client=dispatch.client), "", dispatch.message, "", words(told, "tried"), *tried]
    subject = words(told, "unanswered", title=dispatch.ladder.title)
    return Letter(subject=subject, text="\n".join(lines) + "\n")


_HOW: Mapping[str, str] = {By.VOICE: "by phone", By.SMS: "by text", By.EMAIL: "by mail", "desk": "at the desk"}


def end_of(dispatch: Dispatch) -> str:
    """In words, for whoever wants to end it once more."""
    who = dispatch.who.removeprefix("agent:")
    match dispatch.standing:
        case Standing.ACKNOWLEDGED:
            return f"{who} took it {_HOW.get(dispatch.how, dispatch.how)}"
        case Standing.CANCELLED:
            return f"{who} cancelled it"
        case _:
            return "nobody took it, and nobody is tried any more"


def note_of(dispatch: Dispatch) -> str:
    """For agents, in the conversation of the contact that it comes from."""
    title, tries = dispatch.ladder.title, sum(one.result is not Result.FAILED for one in dispatch.attempts)
    attempts = "1 attempt" if tries == 1 else f"{tries} attempts"
    if dispatch.who and not dispatch.running and dispatch.how:
        return f"On call, {title}: {dispatch.who} took it {_HOW.get(dispatch.how, dispatch.how)} after {attempts}."
    return f"On call, {title}: {dispatch.standing.value} after {attempts}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Behind the link."""

    language: str
    heading: str
    message: str = ""
    said: str = ""
    button: str = ""  # what takes it; empty where nobody can any more


def page_of(dispatch: Dispatch, attempt: Attempt) -> Page:
    """For whoever holds the link of this attempt. Once it is over it tells nobody else of the message any more."""
    language = dispatch.language
    return Page(
        language=language,
        heading=words(language, "urgent", client=dispatch.client, title=dispatch.ladder.title),
        message=dispatch.message if dispatch.running or _his(dispatch, attempt) else "",
        said=_said(dispatch, attempt),
        button=words(language, "button") if dispatch.running else "",
    )


def unknown_page() -> Page:
    return Page(language=_USUAL, heading=words(_USUAL, "unknown"))


def _said(dispatch: Dispatch, attempt: Attempt) -> str:
    if dispatch.running:
        return words(dispatch.language, "others")
    if _his(dispatch, attempt):
        return words(dispatch.language, "yours", person=attempt.person)
    if dispatch.standing is Standing.ACKNOWLEDGED:
        return words(dispatch.language, "theirs", who=dispatch.who)
    return words(dispatch.language, "over")


def _his(dispatch: Dispatch, attempt: Attempt) -> bool:
    return dispatch.standing is Standing.ACKNOWLEDGED and dispatch.who == attempt.person


def untold_note(dispatch: Dispatch) -> str:
    """For agents: the client does not know."""
    told = f"the mail to {dispatch.ladder.unanswered} that says so was not taken"
    return f"On call, {dispatch.ladder.title}: {told}; tell the client another way."
