"""The showcase corpus: what prospects answer to a sales e-mail.

Every body is written by hand; people and companies are invented. The label is
what the sender wants to happen next:

    positive         wants to go on: a call, a demo, a trial, the contract
    objection        gives a reason against it; ``Body.reason`` names it
    not_interested   declines and gives no reason to work on
    referral         points to another person or department
    question         asks something and commits to nothing
    later            asks to be approached again at another time
    unsubscribe      wants no more mail

A reason with an invitation to return is ``later``; a refusal that forbids more
mail is ``unsubscribe``; politeness at the end changes nothing.
"""

from penstock.showcase.autoreply import auto_reply
from penstock.showcase.bodies import INTENTS, REASONS, Body, load_bodies, split
from penstock.showcase.examples import Example, examples, write_csv
from penstock.showcase.generator import mails, wrap
from penstock.showcase.mail import Mail

__all__ = [
    "INTENTS",
    "REASONS",
    "Body",
    "Example",
    "Mail",
    "auto_reply",
    "examples",
    "load_bodies",
    "mails",
    "split",
    "wrap",
    "write_csv",
]
