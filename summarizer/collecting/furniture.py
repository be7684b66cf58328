"""The words of page furniture: patterns for what is no article text.

English, and what is the same everywhere. `furnishing.py` says what is done with them.
"""

from __future__ import annotations

import re

_SITES = (
    *("twitter", "facebook", "instagram", "youtube", "linkedin", "tiktok", "telegram", "whatsapp"),
    *("threads", "bluesky", "mastodon", "snapchat", "pinterest", "reddit", "flipboard"),
    *("apple news", "google news"),
)

# Lines that are furniture from their first words on, in lower case: without IGNORECASE the regular
# expression engine skips alternatives by their first letter, three times as fast. Where the words
# could also begin a sentence of news, the line must not be one: it ends without a full stop.
OPENINGS = re.compile(
    r"(?:[>»›▶►•*\-–—\[(#]\s*)*(?:"
    # pointers to other texts
    r"(?:see|read|watch|listen|click|tap|learn|find out|discover|view) (?:more|also|next|now|here"
    r"|this|the full story|full story|all|it here)\s*(?:[:»›>|.!–—-]|$|on this|about|at\b)"
    r"|(?:also|must|now) (?:read|see|watch)\s*[:»›>|–—-]"
    r"|(?:read|watch|listen|video|photos?|pictures?|gallery|podcast|download|itunes|spotify"
    r"|subscribe|source|via|credits?)\s*:"
    r"|(?:related|recommended|further|suggested|similar)(?: \w+){0,2}\s*:"
    r"|more (?:on this|from|about|like this|stories|news|coverage|top stories|to read|to explore"
    r"|information)\b[^.!?]{0,60}$"
    r"|more (?:on this|to read|from us)(?: story| topic)?\s*:"
    r"|(?:lesen sie auch|auch interessant|mehr zum thema|(?:à )?lire aussi|le[ae] también"
    r"|le(?:ia|er) (?:também|mais)|leggi anche|lees ook|l[æe]s også|läs också)\s*[:»›>|–—-]"
    r"|(?:don['’]t miss|in case you missed it|icymi|up next|what to read next|recommended by)\b"
    r".{0,60}$"
    r"|(?:continue|keep) reading\b[^.!?]{0,60}$|(?:the |this )?(?:story|article|post) continues?\b"
    r"|scroll (?:down )?(?:to continue|for more)"
    # pictures
    r"|(?:image|photo|picture|media|video) (?:copyright|caption|credits?|source|courtesy)\b"
    r"|(?:photos?|photographs?|pictures?|image|illustration|graphic) (?:by|courtesy)\b[^.!?]{0,80}$"
    r"|file (?:photo|picture|image)\b.{0,80}$|reuse this content\b"
    r"|(?:getty images|reuters|afp|associated press|ap photo|shutterstock|istock)$"
    # rights
    r"|(?:copyright|©|\(c\)|™ & ©)\s*(?:©|\(c\)|by )?\s*(?:\d{4}|\w+ \d{4}|the )"
    r"|copyright \w+ \d{4}|all rights reserved\b|this (?:copy"
    r"|material) (?:is for your|may not be)\b"
    # who wrote it, when, and under which labels
    r"|(?:published|posted|written|reviewed|edited|compiled|updated"
    r"|last (?:updated|modified|edited)"
    r"|first published|originally published)(?: (?:by|on|at)\b|\s*:)[^.!?]{0,60}$"
    r"|(?:additional )?(?:reporting|writing|editing) by\b|with reporting by\b|\(?reporting by\b"
    r"|write to .{3,60} at \S+@|(?:contact|email|e-mail) .{0,40}@[^\s@]{1,100}\.\w"
    r"|(?:filed under|tags?|topics?|categor(?:y|ies)|keywords?|labels?)\s*(?::|\||$)"
    r"|(?:estimated )?reading time\b|tempo de leitura\b|lesezeit\b|\d+ min(?:ute)?s? read\b"
    r"|the post .+ (?:appeared first|first appeared) on\b"
    # comments and accounts
    r"|(?:leave|post|add|write) a (?:reply|comment)\b"
    r"|(?:\d+|one|no|view|show|hide|load|read|all|join the|see)?\s*(?:more "
    r"|all )?(?:\d+ )?comments?"
    r"(?: \(\d+\)| off| are closed)?[.:]?$"
    r"|(?:one|\d+) (?:thoughts?|responses?|replies|reply) (?:on|to) [“\"‘']"
    r"|please enter (?:your|a|an)\b|fill in your details\b|you are commenting using\b"
    r"|your email address will not\b|save my name\b|notify me of\b|required fields are\b"
    r"|connecting to %s|%d bloggers|(?:log|sign) (?:in|out|up)\b[^.!?]{0,50}$|logged in as\b"
    r"|forgot (?:your )?password|create an? (?:free )?account\b|already (?:a|have an?)\b.{0,60}\?"
    r"|(?:tell us )?what do you think\s*(?:\?|\.\.\.|…|$)|tell us what you think"
    r"|have your say\b|join the (?:conversation|discussion|debate)\b[^.!?]{0,60}$"
    r"|(?:do you have|have you got|got) an? (?:\w+ )?(?:story|tip|photo|video)\b[^.!?]{0,40}\?"
    r"|(?:enjoy(?:ed|ing)?|lik(?:ed?|ing)|lov(?:ed?|ing)) (?:this|what you)\b[^.!?]{0,40}\?"
    # buttons
    r"|share (?:this|on|via|with|it)\b.{0,40}$|click to (?:share|email|print|expand|play|copy)\b"
    r"|(?:copy link|order reprints|text size|print article|email article|facebook photo)\b.{0,30}$"
    r"|(?:print|email|save) this (?:article|story|page)\b|back to top\b"
    r"|skip (?:to|past|ad|advert)\b"
    r"|design a site like this\b|get started$|powered by [^.!?]{0,30}$|create your website\b"
    r"|loading\b[^.!?]{0,30}$|something went wrong\b|an error (?:has )?occurred\b"
    r"|thank you for (?:subscribing|signing up)"
    # browsers, cookies, advertisements
    r"|(?:please )?(?:enable|turn on) (?:javascript|cookies)|your browser (?:does|is)\b"
    r"|(?:we|this (?:site|website|page)) uses? cookies\b|(?:the )?cookie (?:policy|settings|notice)"
    r"|(?:non-)?necessary cookies\b"
    r"|(?:privacy|terms)(?: (?:&|and|of) \w+){0,2}(?: policy| conditions)?$"
    r"|by (?:submitting|clicking|signing up|subscribing|continuing)\b.{0,60}\byou (?:agree|consent)"
    r"|your (?:personal )?data will\b|no spam\b|hold ctrl\b"
    r"|advertisement\b[\s:.–—-]*(?:$|scroll|continue|story|article)|ad(?: feedback)?$"
    r"|(?:sponsored|promoted|paid)(?: content| post| by .{0,40})?$"
    r"|(?:get|receive) .{3,60} (?:delivered|sent) (?:straight "
    r"|directly )?(?:to|through) (?:your|you)"
    r")"
)

# Appeals that a paragraph may hold anywhere, mostly at the beginning of a sentence, in lower case.
# Each is only looked for where one of its words is there: that saves nine tenths of the time.
_START = r"(?:^|[.!?:;][\"”’)]*\s+|\b(?:please|you can)\s+)"
Appeal = tuple[tuple[str, ...], re.Pattern[str]]
APPEALS: tuple[Appeal, ...] = tuple(
    (words, re.compile(pattern))
    for words, pattern in (
        (
            _SITES,
            _START
            + r"(?:also )?(?:follow|like|find|join|connect with|subscribe to) .{0,60}\bon (?:"
            + "|".join(_SITES)
            + ")",
        ),
        (
            ("follow us", "follow me", "follow along", "follow @", "coverage"),
            _START
            + r"follow (?:(?:us|me|along|@\w+)\b|.{0,60}\b(?:full|live|complete) coverage\b)",
        ),
        (
            ("live blog", "live-blog", "liveblog", "live page", "live feed", "live updates"),
            r"\b(?:follow|read|see|get|find) .{0,60}\b(?:on|in|at|via) (?:our|the|its) live ?-?"
            r"(?:blog|page|feed|updates)\b",
        ),
        (
            ("sign up",),
            _START + r"sign up (?:for|to|here|now|today)\b.{0,80}"
            r"\b(?:newsletters?|e-?mails?|alerts?|briefing|inbox|updates|free|trial|here)\b",
        ),
        (
            ("subscribe",),
            _START + r"subscribe (?:to|now|here|today|for)\b.{0,80}\b(?:newsletter|channel|podcast"
            r"|magazine|e-?mail|edition|inbox|updates|here|now|access|digital)\b",
        ),
        (
            ("newsletter",),
            r"\b(?:our|free|daily|weekly) (?:\w+ )?newsletters?\b.{0,60}"
            r"\b(?:inbox|sign|subscribe|here)\b",
        ),
        (
            ("to your inbox", "to your phone", "to your door"),
            r"\b(?:straight|delivered|direct(?:ly)?) (?:in)?to your (?:inbox|phone|door)",
        ),
        (
            ("download our", "download the"),
            _START + r"download (?:our|the) (?:free )?(?:\w+ ){0,2}app\b",
        ),
        (("click here",), r"\bclick here (?:for|to)\b"),
        (
            ("for more", "for the latest"),
            _START + r"for (?:more|the latest) (?:information|stories|news|details|on)\b.{0,60}"
            r"\b(?:visit|click|see|go to|follow)\b",
        ),
        (
            ("to hear from you", "to hear what"),
            r"\bwe(?:['’]d| would)? (?:want|like|love) to hear (?:from you|what you think)\b",
        ),
        (
            ("have your say",),
            _START + r"have your say(?:[.!]?$| .{0,40}\b(?:below|comments?|poll|survey)\b)",
        ),
        (
            ("our poll", "our survey", "our quiz"),
            _START + r"(?:vote|take part) in our (?:\w+ )?(?:poll|survey|quiz)"
            r"|" + _START + r"take our (?:\w+ )?(?:poll|survey|quiz)\b",
        ),
        (
            ("@",),
            _START + r"(?:e-?mail|write to|contact|send .{0,40}\bto)\b.{1,60}@[^\s@]{1,100}\.\w\w",
        ),
        (("if you ",), r"\bif you (?:enjoyed|liked) this (?:article|story|post|piece)\b"),
        (
            ("contributed reporting", "contributed to this"),
            r"\bcontributed (?:reporting|to this (?:report|story|article))\b",
        ),
        (
            ("support our", "support local", "support independent", "support quality", "donate to"),
            _START + r"(?:support|donate to) (?:our|local|independent|quality) "
            r"(?:work|journalism|reporting|newsroom)\b",
        ),
        (
            ("become a",),
            _START + r"become a (?:member|subscriber|supporter|patron)"
            r"(?: (?:today|now|of our|and)\b|[.!]?$)",
        ),
        (("free trial",), r"\b(?:start|begin) your free trial\b"),
        (
            ("listen",),
            _START + r"listen (?:to .{2,40} )?(?:live|back)\b.{0,60}\b(?:weekdays|here|app)\b",
        ),
        (
            ("read our", "see our", "view our", "visit our"),
            _START + r"(?:(?:read|see|view) our (?:full )?(?:privacy|cookie|comment|community) \w+"
            r"|visit our (?:website|site|facebook|store|shop)\b)",
        ),
        (("unsubscribe",), r"\byou (?:can|may) unsubscribe\b"),
        (("cookies",), r"\b(?:this|our) (?:web)?site\b.{0,80}\bcookies\b"),
        (
            ("may not be",),
            r"\bmay not be (?:published|reproduced|copied)\b.{0,60}"
            r"\b(?:broadcast|rewritten|redistributed|permission|distributed)\b",
        ),
        (
            ("commission",),
            r"\b(?:we|publisher|site|author) (?:may|might|could) (?:earn|receive|get) an? "
            r"(?:affiliate |small )?commission",
        ),
        (
            ("this article", "this story", "this post", "this piece"),
            r"\bthis (?:article|story|post|piece) (?:was )?(?:originally|first) "
            r"(?:appeared|published|ran)\b",
        ),
        (("akismet", "the-cnn-wire"), r"\bakismet to reduce spam\b|\bthe-cnn-wire\b"),
    )
)

# A caption or credit: an agency or a credit word at the end of a line.
CREDIT_AT_END = re.compile(
    r"(?:[.\s(\[|/–—]|^)(?:"
    r"(?P<word>Photo(?:graph(?:er|y)?)?|PHOTO|Image|IMAGE|Picture|Credits?|CREDIT|Pic)"
    r"\s*(?::|by\b|via\b|/).{2,60}"
    r"|(?:[Ss]ource|[Cc]ourtesy|[Pp]hoto|[Ii]mage|[Pp]icture|[Cc]redit)\s*(?::|of\b|by\b|via\b).{2,60}"
    r"|(?:[A-Z][\w.’'-]+[ /]){0,5}(?:AFP|Getty(?: Images)?|Reuters|REUTERS"
    r"|EPA(?:-EFE)?|AP(?: Photo)?"
    r"|Shutterstock|iStock|Alamy|PA(?: Wire)?|WireImage|Bloomberg|Xinhua|TASS|Anadolu"
    r"|Associated Press|Flickr|Wikimedia Commons|Unsplash|Handout)(?:[ /]\w+){0,3}"
    r")[.)\]|\s]*$"
)
CREDIT_WORDS = (
    *("hoto", "HOTO", "mage", "MAGE", "icture", "redit", "REDIT", "Pic", "ource", "ourtesy", "AFP"),
    *("Getty", "euters", "REUTERS", "EPA", "AP", "stock", "Stock", "Alamy", "PA", "Bloomberg"),
    *("Xinhua", "TASS", "Anadolu", "Associated Press", "Flickr", "Commons", "Unsplash", "Handout"),
)
# What only captions say at their end: '(file photo)', or a picture's mark behind the full stop.
_AT_END = r"[(\[](?:[^()\[\]]{0,40}\b)?(?:%s)\b[^()\[\]]{0,40}(?<!\.)[)\]]$"
_PHOTO = r"photo(?:graph)?s?|foto|(?:file|library|archive|handout|stock) (?:picture|image|pic)"
_PICTURE = r"(?<=[.!?…”\"’'])\s*" + _AT_END % "pictures?|pics?|images?|illustration|graphic|bild"
PICTURE_AT_END = re.compile(f"{_AT_END % _PHOTO}|{_PICTURE}", re.IGNORECASE)
NAMED_AT_END = re.compile(r"(?<=[.!?…”\"’'])\s*\(([^()\d]{2,60})\)$")
IN_NAMES = frozenset({"and", "at", "by", "de", "for", "in", "of", "the", "van", "via", "von", "&"})
HEARD = frozenset(
    {"applause", "laughing", "laughs", "laughter", "pause", "pauses", "sighs", "smiles"}
)
SENTENCE_END = re.compile(r"[.!?…:;。！？][\"'”’)\]」』]*$")
TEASER_END = re.compile(r"(?:\.\.\.|…|\[…\]|\[\.\.\.\])\s*(?:»|›|read more|more)?$", re.IGNORECASE)
DATE_LINE = re.compile(
    r"\D{0,40}\d{1,2}\D{1,20}\d{4}\D{0,12}\d{1,2}[:h.]\d{2}\D{0,15}|"
    r"(?:(?:published|updated|posted|on|at|am|pm|a\.m\.|p\.m\.|utc|gmt|e[sd]t|p[sd]t|bst|cet|ist|ago|hours?|min(?:ute)?s?|days?"
    r"|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun|(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r"|(?:jan|febr?)(?:uary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|(?:nov|dec)(?:ember)?|\d{1,4}(?!\d)(?:st|nd|rd|th|am|pm)?)[\s,.:|/–—-]*)+",
    re.IGNORECASE,
)
READING_TIME = re.compile(r"\d+[ -]min(?:ute)?s?\.?(?: read| lesezeit)?", re.IGNORECASE)
DATE_MARK = re.compile(
    r"\d[:h.]\d\d|\b\d{1,2}(?:st|nd|rd|th|\.)? [^\W\d]{3}|[^\W\d]{3}\.? \d{1,2}\b|\bago$",
    re.IGNORECASE,
)
JOINT = re.compile(r"\s*[·•|]\s*")
SECTION = re.compile(
    r"(?:related|latest|recent|more|other|popular|top|most (?:read|popular|viewed|shared|commented)"
    r"|trending|recommended|you (?:may|might) (?:also )?(?:like|enjoy|be interested in)"
    r"|also (?:in|on|read)|read (?:next|also|more)"
    r"|editor['’]?s['’]? (?:picks?|choice)|don['’]t miss"
    r"|what to read next|from (?:the|our|around) (?:web|archive|network"
    r"|partners|sponsors)|see also|must reads?"
    r"|elsewhere on|around the web|sponsored|promoted|further reading|in this story|explore more)"
    r"(?: (?:stories|story|articles?|posts?|news|coverage|content|links?"
    r"|topics?|reads?|videos?|headlines|now"
    r"|for you|on this(?: story| topic)?|from .{2,40}|in .{2,30}|stuff"
    r"|about .{2,40}|stories from .{2,40}))?\s*[:»>]?",
    re.IGNORECASE,
)
BYLINE = re.compile(
    r"(?:[Bb]y|BY|[Ww]ords|[Tt]ext|[Aa]nalysis|[Oo]pinion)(?:\s*:|\s+by)?\s+"
    r"(?:(?:[A-Z][\w.’'-]*|and|&|the|de|van|von|al|bin)[\s,]*){1,10}"
    r"(?:\b(?:in|for|at|of|staff|correspondent|reporter|editor|writer)\b[^.!?]{0,50})?"
)
AUTHOR_BOX = re.compile(
    r"(?:about (?:the )?authors?\b"
    r"|[A-Z][\w.’'-]+(?: [A-Z][\w.’'-]+){1,3} (?:"
    r"(?:covers|writes|reports)\b.{0,60}\bfor the\b"
    r"|(?:is|was|has been|covers|writes|reports)\b.{0,80}\b(?:reporter|correspondent|editor|writer"
    r"|journalist|columnist|contributor|freelancer?|blogger|author of|reporting fellow|intern"
    r"|for (?:the )?(?:\w+ ){1,3}(?:desk|bureau))\b))"
)
NOT_LETTERS = re.compile(r"[\W_]+")
UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
INLINE = re.compile(
    r"\s*\bADVERTISEMENT\b\s*|\s*\((?i:read|see|watch) (?:more|also)\b[^()]{0,120}\)"
    r"|\s*\[(?i:read|see|watch|related)\b[^\[\]]{0,150}\]"
)
HAS_INLINE = re.compile(r"ADVERTISEMENT|[(\[](?i:read|see|watch|related)\b")
SENTENCES = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"”’)]))\s+(?=[\"“‘(]?[A-Z@])")
