"""Wrap bodies in realistic mail."""

from __future__ import annotations

import random
from datetime import timedelta

from penstock.showcase.autoreply import auto_reply
from penstock.showcase.bodies import Body, load_bodies, split
from penstock.showcase.envelope import envelope
from penstock.showcase.mail import Mail
from penstock.showcase.phrases import dress
from penstock.showcase.sales import SalesMail, sales_mail
from penstock.showcase.signature import disclaimer, mobile_footer, signature
from penstock.showcase.sources import seeded, table
from penstock.showcase.thread import CLIENTS, LANGUAGES, quoted

__all__ = ["mails", "wrap"]

_AUTO_REPLY_EVERY = 7


def wrap(body: Body, rng: random.Random) -> Mail:
    """Return a mail whose writer says ``body``, as one of seven clients sends it.

    It carries a quoted thread nine times in ten; greeting, sign-off, signature, mobile
    footer and disclaimer come and go.
    """
    answered = sales_mail(rng)
    language = _client_language(body, rng)
    parts = [_reply(body, rng, answered, language)]
    if rng.random() < 0.9:
        parts = _with_thread(parts[0], rng, answered, language)
    if rng.random() < 0.2:
        parts.insert(rng.choice([1, len(parts)]), disclaimer(rng, body.language))
    prefix = table("clients")[language]["reply_prefix"]
    received = answered.sent + timedelta(minutes=rng.randrange(3, 5000))
    headers = envelope(rng, answered, f"{prefix} {answered.subject}", received)
    return Mail("\n\n".join(parts), headers, intent=body.intent, body_id=body.id)


def mails(seed: int = 0, count: int = 50) -> list[Mail]:
    """Return mails as an inbox receives them: test bodies, every seventh mail an auto-reply.

    Bodies repeat, each time in another wrapping, where ``count`` asks for more than there are.
    """
    _, test = split(load_bodies(), seed=seed)
    seeded(seed, "mails").shuffle(test)
    return [_mail(seed, number, test) for number in range(count)]


def _mail(seed: int, number: int, bodies: list[Body]) -> Mail:
    rng = seeded(seed, "mail", number)
    if number % _AUTO_REPLY_EVERY == _AUTO_REPLY_EVERY - 1:
        return auto_reply(rng)
    return wrap(bodies[number % len(bodies)], rng)


def _client_language(body: Body, rng: random.Random) -> str:
    """Return the language of the mail client; an English reply may come from any."""
    if body.language != "en" or rng.random() < 0.5:
        return body.language
    return rng.choice(LANGUAGES)


def _reply(body: Body, rng: random.Random, answered: SalesMail, language: str) -> str:
    writer, addressee = answered.recipient, answered.sender
    text = dress(body.text, rng, body.language, writer, addressee)
    ending = rng.random()
    if ending < 0.4:
        text += "\n\n" + signature(rng, writer)
    elif ending < 0.65:
        text += "\n\n" + mobile_footer(rng, language)
    return text


def _with_thread(reply: str, rng: random.Random, answered: SalesMail, language: str) -> list[str]:
    """Return reply and thread; some users of Thunderbird answer below the quotation."""
    client = rng.choice(list(CLIENTS))
    thread = quoted(client, language, answered, rng)
    below = client == "thunderbird" and rng.random() < 0.15
    return [thread, reply] if below else [reply, thread]
