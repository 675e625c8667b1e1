"""What MAPI properties are called ([MS-OXPROPS]), and where in a message what they say stands.

Names are those of the specification without `PidTag` and `PidLid`. A property that is not listed is called by its
number, and read all the same.
"""

from __future__ import annotations

from typing import Final

from gateway.model.inspection import Where

_SUBJECTS: Final = {0x0037: "Subject", 0x0E1D: "NormalizedSubject", 0x0070: "ConversationTopic"}
_ENVELOPE: Final = {
    0x0040: "ReceivedByName", 0x0042: "SentRepresentingName", 0x0044: "ReceivedRepresentingName",
    0x004D: "OriginalAuthorName", 0x0050: "ReplyRecipientNames", 0x005A: "OriginalSenderName",
    0x005D: "OriginalSentRepresentingName", 0x0065: "SentRepresentingEmailAddress",
    0x0067: "OriginalSenderEmailAddress",
    0x006A: "OriginalSentRepresentingEmailAddress", 0x0074: "OriginalDisplayTo", 0x0073: "OriginalDisplayCc",
    0x0072: "OriginalDisplayBcc", 0x0076: "ReceivedByEmailAddress", 0x0078: "ReceivedRepresentingEmailAddress",
    0x007F: "TnefCorrelationKey", 0x0C1A: "SenderName", 0x0C1F: "SenderEmailAddress", 0x0E02: "DisplayBcc",
    0x0E03: "DisplayCc", 0x0E04: "DisplayTo", 0x1035: "InternetMessageId", 0x1039: "InternetReferences",
    0x1042: "InReplyToId", 0x1046: "OriginalMessageId", 0x3001: "DisplayName", 0x3003: "EmailAddress",
    0x39FE: "SmtpAddress", 0x39FF: "AddressBookDisplayNamePrintable", 0x403D: "OrgAddrType",
    0x5D01: "SenderSmtpAddress", 0x5D02: "SentRepresentingSmtpAddress", 0x5FF6: "RecipientDisplayName",
    0x5D07: "ReceivedBySmtpAddress", 0x5D08: "ReceivedRepresentingSmtpAddress",
}  # fmt: skip
_ATTACHMENT: Final = {
    0x3704: "AttachFilename", 0x3707: "AttachLongFilename", 0x3708: "AttachPathname", 0x370D: "AttachLongPathname",
    0x3706: "AttachTransportName",
}  # fmt: skip
_OTHERS: Final = {
    0x001A: "MessageClass", 0x0063: "ResponseRequested", 0x0049: "OriginalSubject", 0x1001: "ReportText",
    0x3002: "AddressType", 0x3004: "Comment", 0x300A: "ProviderDisplay", 0x3703: "AttachExtension",
    0x370E: "AttachMimeTag", 0x3711: "AttachContentBase", 0x3712: "AttachContentId", 0x3713: "AttachContentLocation",
    0x3A00: "Account", 0x3A02: "CallbackTelephoneNumber", 0x3A05: "Generation", 0x3A06: "GivenName",
    0x3A07: "GovernmentIdNumber", 0x3A08: "BusinessTelephoneNumber", 0x3A09: "HomeTelephoneNumber", 0x3A0A: "Initials",
    0x3A0B: "Keyword", 0x3A0C: "Language", 0x3A0D: "Location", 0x3A0F: "MessageHandlingSystemCommonName",
    0x3A10: "OrganizationalIdNumber", 0x3A11: "Surname", 0x3A15: "PostalAddress", 0x3A16: "CompanyName",
    0x3A17: "Title", 0x3A18: "DepartmentName", 0x3A19: "OfficeLocation", 0x3A1A: "PrimaryTelephoneNumber",
    0x3A1B: "Business2TelephoneNumber", 0x3A1C: "MobileTelephoneNumber", 0x3A1D: "RadioTelephoneNumber",
    0x3A1E: "CarTelephoneNumber", 0x3A1F: "OtherTelephoneNumber", 0x3A20: "TransmittableDisplayName",
    0x3A21: "PagerTelephoneNumber", 0x3A22: "UserCertificate", 0x3A23: "PrimaryFaxNumber",
    0x3A24: "BusinessFaxNumber", 0x3A25: "HomeFaxNumber", 0x3A26: "Country", 0x3A27: "Locality",
    0x3A28: "StateOrProvince", 0x3A29: "StreetAddress", 0x3A2A: "PostalCode", 0x3A2B: "PostOfficeBox",
    0x3A2C: "TelexNumber", 0x3A2E: "AssistantTelephoneNumber", 0x3A2F: "Home2TelephoneNumber", 0x3A30: "Assistant",
    0x3A42: "Birthday", 0x3A41: "WeddingAnniversary", 0x3A43: "Hobbies", 0x3A44: "MiddleName",
    0x3A45: "DisplayNamePrefix", 0x3A46: "Profession", 0x3A47: "ReferredByName", 0x3A48: "SpouseName",
    0x3A49: "ComputerNetworkName", 0x3A4A: "CustomerId", 0x3A4C: "FtpSite", 0x3A4E: "ManagerName", 0x3A4F: "Nickname",
    0x3A50: "PersonalHomePage", 0x3A51: "BusinessHomePage", 0x3A57: "CompanyMainTelephoneNumber",
    0x3A58: "ChildrensNames", 0x3A59: "HomeAddressCity", 0x3A5A: "HomeAddressCountry",
    0x3A5B: "HomeAddressPostalCode", 0x3A5C: "HomeAddressStateOrProvince", 0x3A5D: "HomeAddressStreet",
    0x3A5E: "HomeAddressPostOfficeBox", 0x3A5F: "OtherAddressCity", 0x3A63: "OtherAddressStreet",
    0x3A61: "OtherAddressPostalCode", 0x3FF8: "CreatorName", 0x3FFA: "LastModifierName", 0x0E28: "PrimarySendAccount",
    0x0E29: "NextSendAcct",
}  # fmt: skip
TAGS: Final[dict[int, tuple[Where, str]]] = {
    **{tag: (Where.SUBJECT, name) for tag, name in _SUBJECTS.items()},
    **{tag: (Where.MAIL_HEADER, name) for tag, name in _ENVELOPE.items()},
    **{tag: (Where.ATTACHMENT_NAME, name) for tag, name in _ATTACHMENT.items()},
    **{tag: (Where.PROPERTY, name) for tag, name in _OTHERS.items()},
    0x1000: (Where.BODY, "Body"),
    0x1003: (Where.BODY, "SecondBody"),
}
DATES: Final = {0x3A42: "Birthday", 0x3A41: "Wedding anniversary"}
LIDS: Final[dict[int, str]] = {
    0x8005: "FileUnder", 0x801A: "HomeAddress", 0x801B: "WorkAddress", 0x801C: "OtherAddress", 0x802B: "Html",
    0x8045: "WorkAddressStreet", 0x8046: "WorkAddressCity", 0x8047: "WorkAddressState", 0x8048: "WorkAddressPostalCode",
    0x8049: "WorkAddressCountry", 0x8062: "InstantMessagingAddress", 0x8080: "Email1DisplayName",
    0x8083: "Email1EmailAddress", 0x8084: "Email1OriginalDisplayName", 0x8090: "Email2DisplayName",
    0x8093: "Email2EmailAddress", 0x8094: "Email2OriginalDisplayName", 0x80A0: "Email3DisplayName",
    0x80A3: "Email3EmailAddress", 0x80A4: "Email3OriginalDisplayName", 0x811F: "TaskOwner", 0x8121: "TaskAssigner",
    0x8127: "TaskLastUser", 0x8208: "Location", 0x8232: "RecurrencePattern", 0x8234: "TimeZoneDescription",
    0x8238: "AllAttendeesString", 0x823B: "ToAttendeesString", 0x823C: "CcAttendeesString",
    0x8230: "AppointmentReplyName",
    0x8530: "FlagRequest", 0x8535: "Billing", 0x8534: "Mileage", 0x8539: "Companies", 0x853A: "Contacts",
    0x8580: "InternetAccountName", 0x8586: "NonSendableBcc", 0x8700: "LogType", 0x8712: "LogTypeDescription",
    0x8520: "VerbStream", 0x8524: "VerbResponse", 0x8540: "PropertyDefinitionStream",
}  # fmt: skip
INTERNET_HEADERS: Final = bytes.fromhex("8603020000000000c000000000000046")
"""PS_INTERNET_HEADERS ([MS-OXPROPS] 1.3.2): a named property of this set is a header field."""

BODY_HTML, RTF, HEADERS, ATTACHED, ATTACHED_NAME = 0x1013, 0x1009, 0x007D, 0x3701, 0x3707
CODE_PAGES: Final = (0x3FFD, 0x3FDE)  # of the message's own strings, and of the text it carries
PRIVACY: Final = 0x0036
PRIVACIES: Final = {1: "Personal", 2: "Private", 3: "Company-Confidential"}
"""[MS-OXCMSG] 2.2.1.13, in the words of RFC 2156 5.3.4."""
