"""English."""

from __future__ import annotations

from collections.abc import Mapping

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WORDS: Mapping[str, str] = {
    "comfort": "Thank you for waiting for {name}. You keep your place in line.",
    "connecting": "You are being connected.",
    "onHold": "Please hold the line.",
    "goodbye": "Thank you for calling {name}. Goodbye.",
    "next": "You are the next in line.",
    "place": "You are number {n} in line.",
    "soon": "We will be with you in less than a minute.",
    "minutes": "It will take about {n} minutes.",
    "full": "All our lines are busy at the moment. Please call again later.",
    "busy": "All our lines are busy at the moment.",
    "callback_offer": "If you would rather be called back, press 1: you keep your place in line. If not, just "
    "stay on the line.",
    "callback_confirm": "We can call you back at {number}. If that is right, press 1. For another number, press 2.",
    "callback_keys": "Please key in the number with its area code, then press the pound key.",
    "callback_wrong": "We cannot call that number.",
    "callback_done": "Thank you. You keep your place in line, and we will call you back at {number}. Goodbye.",
    "callback_kept": "You keep your place in line.",
    "callback_time": "To be called at a time of your choice, press 3.",
    "callback_time_keys": "At what time shall we call you? Please key in four digits, hours and minutes of the "
    "twenty-four hour clock, then press the pound key. For half past two in the afternoon, that is 1 4 3 0.",
    "callback_time_wrong": "That is no time of day.",
    "callback_time_hours": "We do not call at that time. We call {day} {hours}.",
    "callback_time_span": "between {opens} and {closes}",
    "callback_time_passed": "That time has passed.",
    "callback_time_confirm": "We will call you at {number}: {day}, {time}. If that is right, press 1. For another "
    "time, press 2.",
    "callback_time_done": "Thank you. We will call you: {day}, {time}. Goodbye.",
    "today": "today",
    "tomorrow": "tomorrow",
    "on_day": "on {day}",
    "unknown_key": "That key is not one of those that we named.",
    "consent": "May we record this call, so that we learn from it? For yes, press 1. For no, press 2.",
    "recorded": "This call is recorded.",
    "voicemail": "Please leave your message now, with your name and your number. When you are done, press "
    "the pound key or hang up.",
    "left": "Thank you for your message. We will get back to you. Goodbye.",
    "back": "To hear the menu again, press star. Thank you for calling.",
    "stay": "To hear the menu again, press star. To speak to somebody, stay on the line.",
    "faq_key": "{question} Press {key}.",
    "order_keys": "Please key in your order number, then press the pound key.",
    "order_unknown": "We cannot find that order.",
    "order_failed": "We cannot look up your order at the moment.",
    "survey": "One question before you go: how satisfied were you with this call? Press a key from 1, "
    "not at all, to 5, very much.",
    "thanks": "Thank you very much. Goodbye.",
    "transfer_failed": "This call could not be transferred. You will be back with the caller.",
    "outside_failed": "Nobody answered there. You will be back with the caller.",
    "outside_alone": "Nobody answered there. We are putting you through to the next free agent.",
    "page": "This is an urgent message for {client}. {message}",
    "page_keys": "To take it, press 1. To hear it again, press 2. To pass it on, press 3.",
    "page_taken": "Thank you, {who}. It is yours. Goodbye.",
    "page_theirs": "{who} has taken it already. Thank you, and goodbye.",
    "page_over": "This message needs nobody any more. Thank you, and goodbye.",
    "page_passed": "Thank you. We try somebody else. Goodbye.",
    "page_silent": "We heard no key, and try somebody else. Goodbye.",
    "open_always": "We are here at any hour, every day.",
    "open_today": "We are open today until {time}.",
    "open_until": "We are open until {day} at {time}.",
    "closed_today": "We are closed right now and open again today at {time}.",
    "closed_tomorrow": "We are closed right now and open again tomorrow at {time}.",
    "closed_on": "We are closed right now and open again on {day} at {time}.",
    "closed_long": "We are closed at the moment.",
    "holiday": "Today is {name}.",
}
