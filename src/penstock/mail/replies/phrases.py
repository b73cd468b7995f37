"""How a mail ends, by language: closing words, footers of telephones, disclaimers.

To add a language, add a line to the tables, and a case to ``test_signatures.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["BANNERS", "CLOSINGS", "DISCLAIMERS", "MOBILE_FOOTERS", "Beginnings"]

HEAD = 3  # characters by which phrases are looked up; none is shorter
OPENING = "*_([<>- \u200e\u200f\u202a\u202b\u202d\u202e\u2066\u2067\ufeff"


class Beginnings:
    """Phrases with which a line may begin, looked up by their first characters."""

    def __init__(self, phrases: Iterable[str]) -> None:
        by_head: dict[str, tuple[str, ...]] = {}
        for phrase in phrases:
            by_head[phrase[:HEAD]] = (*by_head.get(phrase[:HEAD], ()), phrase)
        self._by_head = by_head

    def begin(self, line: str) -> bool:
        """Whether a line begins with one, brackets and marks of direction left aside."""
        start = line[:80].lstrip(OPENING).casefold()
        phrases = self._by_head.get(start[:HEAD])
        return phrases is not None and start.startswith(phrases)


def _phrases(by_language: dict[str, str]) -> tuple[str, ...]:
    """Return all phrases, as they are compared. Case folding also makes ``ß`` to ``ss``."""
    return tuple(p.casefold() for row in by_language.values() for p in row.split("|"))


def _beginnings(by_language: dict[str, str]) -> Beginnings:
    return Beginnings(phrase.lstrip(OPENING) for phrase in _phrases(by_language))


# Beginnings of lines that a telephone or an app adds.
MOBILE_FOOTERS = _beginnings(
    {
        "en": "sent from my|sent from mail for|sent from outlook|sent from yahoo mail|"
        "sent from samsung|sent from proton|sent from gmail|sent from mobile|sent via|sent with|"
        "sent using|get outlook for|sent on the move|sent by|yahoo mail: search, organi|"
        "sent from |from my iphone|from my ipad",
        "de": "von meinem|von meiner|gesendet von|gesendet mit|gesendet aus|outlook für ios|"
        "outlook für android|holen sie sich outlook|diese nachricht wurde von meinem|"
        "von samsung mobile gesendet|von yahoo mail auf|von outlook für",
        "fr": "envoyé de mon|envoyé depuis|envoyé à partir|envoyé de mail pour|envoyé de yahoo|"
        "envoyé avec|envoyé via|obtenez outlook pour|obtenir outlook pour|télécharger outlook|"
        "provenance : courrier pour",
        "es": "enviado desde|enviado de mi|obtener outlook para|enviado con",
        "pt": "enviado do|enviado a partir|enviado via|enviado da|obter o outlook|"
        "obtenha o outlook|baixar o outlook",
        "it": "inviato da|inviato dal|ottieni outlook per|scarica outlook per|inviato con",
        "nl": "verzonden vanaf|verstuurd vanaf|verstuurd met|verzonden met|verzonden vanuit|"
        "verstuurd vanuit|outlook voor ios|outlook voor android|download outlook voor|"
        "verzonden via",
        "sv": "skickat från|skickades från|hämta outlook för|skaffa outlook för|skickat med",
        "da": "sendt fra|sendt via|sendt med|hent outlook",
        "no": "få outlook for|last ned outlook",
        "fi": "lähetetty|hanki outlook",
        "pl": "wysłane z|wysłano z|pobierz outlook|pobierz program outlook|uzyskaj outlook",
        "cs": "odesláno z|odesláno pomocí|získat outlook|stáhnout outlook",
        "sk": "odoslané z|získať outlook",
        "hu": "az iphone-omról|iphone-ról küldve|iphone-omról küldve|androidról küldve|"
        "az outlook letöltése|elküldve az",
        "ro": "trimis de pe|trimis din|trimis de la|descărcați outlook|obțineți outlook",
        "ru": "отправлено с|отправлено из|скачать outlook|получить outlook|загрузить outlook",
        "uk": "надіслано з|відправлено з|отримати outlook",
        "bg": "изпратено от моя|изпратено от iphone",
        "el": "στάλθηκε από|απεστάλη από|λήψη του outlook|αποκτήστε το outlook",
        "tr": "iphone'umdan|iphone’umdan|ipad'imden|ipad’imden|androidden|outlook for ios'u|"
        "ios için outlook|android için outlook|samsung cihazımdan",
        "hr": "poslano s mojeg|poslano s iphone|poslano s mog",
        "sl": "poslano iz mojega|poslano iz naprave",
        "ca": "enviat des de|enviat des del|obtén l'outlook",
        "ja": "iphoneから送信|ipadから送信|androidから送信|ios 版 outlook|android 版 outlook|"
        "outlook for ios を|outlook for android を",
        "zh": "发自我的|發自我的|从我的|從我的|来自我的|發自 iphone|获取 outlook|"
        "取得 outlook|下載 outlook",
        "ko": "나의 iphone|내 iphone|ios용 outlook|android용 outlook|iphone에서 보냄",
        "he": "נשלח מה|נשלח מ-|נשלח מהטלפון|הורד את outlook",
        "ar": "أُرسلت من|أرسلت من|أُرسل من|أرسل من|الحصول على outlook",
        "th": "ส่งจาก",
        "vi": "đã gửi từ|được gửi từ",
        "id": "dikirim dari|dapatkan outlook",
    }
)

# Closing words; a line of one of these and a few short lines below it are a signature.
CLOSINGS = _phrases(
    {
        "en": "best regards|kind regards|kindest regards|warm regards|warmest regards|regards|"
        "with best regards|with kind regards|best wishes|with best wishes|best|all best|cheers|"
        "sincerely|sincerely yours|yours sincerely|yours truly|yours faithfully|yours|"
        "respectfully|all the best|many thanks|thanks|thanks again|thanks a lot|"
        "thanks in advance|thanks so much|thanks and regards|thanks & regards|"
        "thanks and best regards|thank you|thank you very much|thank you and regards|thx|"
        "take care|br|rgds|best rgds|warmly",
        "de": "mit freundlichen grüßen|mit freundlichem gruß|mit freundlichen grüssen|"
        "mit besten grüßen|mit besten grüssen|mit bestem gruß|mit herzlichen grüßen|"
        "freundliche grüße|freundliche grüsse|freundlicher gruß|viele grüße|vielen dank und "
        "viele grüße|beste grüße|besten gruß|schöne grüße|liebe grüße|herzliche grüße|"
        "mit vielen grüßen|grüße|gruß|lieben gruß|hochachtungsvoll|vielen dank|danke|"
        "besten dank|mfg|lg|vg|bg|freundliche gruesse|mit freundlichen gruessen|viele gruesse",
        "fr": "cordialement|bien cordialement|très cordialement|sincères salutations|"
        "salutations|salutations distinguées|meilleures salutations|bien à vous|bien à toi|"
        "amicalement|bonne journée|cdt|cdlt|merci|merci d'avance|avec mes remerciements|"
        "respectueusement|à bientôt",
        "es": "saludos|un saludo|saludos cordiales|un cordial saludo|cordialmente|atentamente|"
        "muchas gracias|gracias|gracias y saludos|un abrazo|atte|reciba un cordial saludo",
        "it": "cordiali saluti|distinti saluti|saluti|un cordiale saluto|"
        "cordialmente|grazie|grazie mille|grazie e saluti|a presto|buona giornata",
        "nl": "met vriendelijke groet|met vriendelijke groeten|vriendelijke groet|"
        "vriendelijke groeten|hartelijke groet|groeten|groet|groetjes|bedankt|mvg|"
        "met hartelijke groet|bij voorbaat dank|alvast bedankt",
        "pt": "atenciosamente|cumprimentos|melhores cumprimentos|com os melhores cumprimentos|"
        "abraços|abraço|att|obrigado|obrigada|cordialmente|saudações",
        "sv": "med vänliga hälsningar|med vänlig hälsning|vänliga hälsningar|vänlig hälsning|"
        "vänligen|hälsningar|bästa hälsningar|mvh|tack|hälsning",
        "da": "med venlig hilsen|venlig hilsen|de bedste hilsner|bedste hilsner|hilsen|"
        "mange hilsner|kh|vh|tak|mvh",
        "no": "med vennlig hilsen|vennlig hilsen|beste hilsen|hilsen|takk",
        "fi": "ystävällisin terveisin|terveisin|parhain terveisin|kiitos",
        "pl": "z poważaniem|z powazaniem|pozdrawiam|pozdrawiamy|pozdrawiam serdecznie|"
        "serdecznie pozdrawiam|z pozdrowieniami|z wyrazami szacunku|dziękuję|pozdrowienia",
        "cs": "s pozdravem|s přátelským pozdravem|hezký den|děkuji|zdraví",
        "sk": "s pozdravom|s priateľským pozdravom|ďakujem|pekný deň",
        "hu": "üdvözlettel|tisztelettel|köszönettel|üdv",
        "ro": "cu respect|cu stimă|cu stima|toate cele bune|mulțumesc|numai bine|"
        "o zi bună|o zi buna",
        "hr": "lijep pozdrav|srdačan pozdrav|s poštovanjem|lp|pozdrav|hvala",
        "sl": "lep pozdrav|s spoštovanjem|hvala",
        "tr": "saygılarımla|saygılarımızla|iyi çalışmalar|iyi günler|teşekkürler|sevgiler",
        "ru": "с уважением|с наилучшими пожеланиями|всего доброго|спасибо|с приветом",
        "uk": "з повагою|з найкращими побажаннями|дякую",
        "bg": "с уважение|поздрави|благодаря",
        "el": "με εκτίμηση|φιλικά|ευχαριστώ",
        "ca": "salutacions|cordialment|atentament|una salutació|gràcies",
        "lt": "pagarbiai|su pagarba|ačiū",
        "lv": "ar cieņu|paldies",
        "et": "lugupidamisega|parimate soovidega|tervitades|aitäh",
        "he": "בברכה|בכבוד רב|תודה",
        "ar": "مع تحياتي|مع خالص التحية|تحياتي|وتفضلوا بقبول فائق الاحترام|شكرا",
        "vi": "trân trọng|thân mến|cảm ơn",
        "id": "hormat kami|hormat saya|salam|terima kasih|salam hormat",
        "ja": "よろしくお願いいたします|よろしくお願いします|よろしくお願い致します|"
        "宜しくお願いいたします|宜しくお願い致します|敬具|以上",
        "zh": "此致|祝好|谢谢|謝謝|敬上|顺颂商祺|順頌商祺|此致敬礼",
        "ko": "감사합니다|드림|올림",
        "th": "ขอแสดงความนับถือ|ขอบคุณ",
    }
)

# Beginnings of the paragraph that a company's mail server adds.
DISCLAIMERS = _beginnings(
    {
        "en": "notice to recipient|notice to the recipient|notice to all recipients|"
        "notice of confidentiality|legal disclaimer|e-mail disclaimer|email disclaimer|"
        "privacy notice:|privileged/confidential|confidentiality statement|"
        "confidentiality notice|confidentiality note|confidential:|disclaimer|"
        "important notice:|legal notice:|this e-mail and any|this email and any|"
        "this message and any|this e-mail is confidential|this email is confidential|"
        "this message is confidential|this communication is confidential|"
        "this message contains confidential|this email contains confidential|"
        "this e-mail contains confidential|this e-mail message is intended|"
        "this email message is intended|this e-mail may contain|this email may contain|"
        "this message may contain|this e-mail, including|this email, including|"
        "this message, including|this e-mail (including|this email (including|"
        "this message (including|this transmission|this e-mail transmission|"
        "this email is intended|this e-mail is intended|this message is intended|"
        "the information in this e|the information contained in this|the content of this e|"
        "the contents of this e|please consider the environment|"
        "if you are not the intended recipient|if you have received this e|"
        "privileged and confidential|registered in england|nothing in this e",
        "de": "diese e-mail enthält vertrauliche|diese nachricht enthält vertrauliche|"
        "der inhalt dieser e-mail|diese e-mail kann vertrauliche|"
        "diese e-mail und alle anhänge|diese e-mail und etwaige|diese e-mail ist vertraulich|"
        "die in dieser e-mail enthaltenen|wichtiger hinweis:|bitte denken sie an die umwelt|"
        "bitte prüfen sie, ob diese|hinweis: diese e-mail",
        "fr": "ce message et toutes les pièces|ce message et ses pièces|ce message, ainsi que|"
        "ce message est confidentiel|ce message électronique|ce courriel et|ce courriel est|"
        "cet e-mail et|cet email et|le présent message|les informations contenues dans ce|"
        "avis de confidentialité|pensez à l'environnement|"
        "si vous n'êtes pas le destinataire",
        "es": "este mensaje y|este mensaje se dirige|este mensaje contiene|"
        "este correo electrónico|este e-mail|la información contenida en|"
        "aviso de confidencialidad|aviso legal|antes de imprimir",
        "it": "il presente messaggio|questo messaggio e|questo messaggio contiene|"
        "questa e-mail|questo messaggio di posta|le informazioni contenute|"
        "avviso di riservatezza|ai sensi del",
        "nl": "de informatie in deze|de informatie verzonden|dit bericht is|"
        "dit bericht kan|dit bericht en|dit e-mailbericht|deze e-mail is|deze e-mail en|"
        "de inhoud van deze|de inhoud van dit",
        "pt": "esta mensagem|este e-mail e|este email e|a informação contida|"
        "as informações contidas|aviso de confidencialidade|antes de imprimir",
        "sv": "detta meddelande|detta e-post|denna e-post|informationen i detta",
        "da": "denne e-mail|denne mail|denne meddelelse",
        "no": "denne e-post|denne meldingen er|informasjonen i denne",
        "fi": "tämä sähköposti|tämä viesti on|tämä viesti ja|tämän viestin",
        "pl": "niniejsza wiadomość|ta wiadomość|treść tej wiadomości|informacje zawarte w",
        "cs": "tato zpráva|tento e-mail|obsah této",
        "sk": "táto správa|obsah tejto",
        "hu": "ez az üzenet|ez az e-mail|jelen üzenet",
        "ro": "acest mesaj|acest e-mail|acest email|informațiile conținute",
        "tr": "bu e-posta|bu mesaj ve|bu mesaj ve ekleri|bu elektronik posta",
        "ru": "это сообщение и|данное сообщение|настоящее сообщение|"
        "это электронное сообщение|содержание данного",
        "ja": "このメールには|本メールには|この電子メール|本メールの内容",
        "zh": "本邮件及|本邮件及其附件|本郵件|此邮件|此电子邮件|本電子郵件",
        "ko": "이 메일은|본 메일은|이 전자우편|본 전자우편",
    }
)

# What a mail server puts on top of mail from outside.
BANNERS = _beginnings(
    {
        "en": "caution:|caution -|caution!|warning: this|warning! this|external email|"
        "external e-mail|external sender|external message|external:|[external|*external|"
        "[ext]|this email originated from outside|this e-mail originated from outside|"
        "this message originated from outside|this message was sent from outside|"
        "this email was sent from outside|this message came from outside|"
        "this email came from outside|this message is from an external|"
        "this email is from an external|you don't often get email from|"
        "you don’t often get email from|some people who received this message don't often|"
        "some people who received this message don’t often|attention: this email|"
        "think before you click|be careful with this message",
        "de": "achtung: diese e-mail|achtung: externe|achtung! diese|vorsicht: |"
        "vorsicht! |diese e-mail kommt von|diese e-mail stammt von|diese e-mail wurde von "
        "außerhalb|sie erhalten nicht oft|sie erhalten nicht häufig|einige personen, die diese|"
        "externe e-mail|[extern",
        "fr": "vous n'obtenez pas souvent|vous n’obtenez pas souvent|attention : ce|"
        "attention: ce|ce message provient de l'extérieur|ce courriel provient de l'extérieur|"
        "expéditeur externe|certaines personnes qui ont reçu",
        "es": "no suele recibir correo|no suele recibir correos|precaución: |"
        "este correo proviene de fuera|correo externo",
        "it": "non si ricevono spesso|attenzione: questa|attenzione: questo|[esterno",
        "nl": "let op: deze e-mail|let op: dit|u ontvangt niet vaak|je ontvangt niet vaak|"
        "externe e-mail",
        "pt": "você não costuma receber|não costuma receber|cuidado: |atenção: este|atenção: esta",
        "sv": "varning: |du får inte ofta|detta meddelande kommer från en extern",
        "da": "du modtager ikke ofte|advarsel: ",
        "no": "du får ikke ofte|advarsel: denne",
        "pl": "nie otrzymujesz często|uwaga: ta wiadomość|uwaga: wiadomość",
    }
)
