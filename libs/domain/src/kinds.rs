//! The closed vocabularies of the domain. Each value has a code that is stored and never reused, and a name that
//! tokens, files and logs show.

/// Declares an enum whose values have a stored code and a name.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal, $text:literal;)+ }) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $variant = $code,)+ }

        impl $name {
            /// Every value, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stored code.
            pub const fn code(self) -> i16 {
                self as i16
            }

            /// The value with that stored code.
            pub const fn from_code(code: i16) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The value's name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The value of that name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == name)
            }
        }
    };
}

pub(crate) use vocabulary;

vocabulary! {
    /// Where a message travels.
    Channel {
        /// WhatsApp.
        WhatsApp = 1, "whatsapp";
        /// Facebook Messenger.
        Messenger = 2, "messenger";
        /// Instagram direct messages.
        Instagram = 3, "instagram";
        /// SMS.
        Sms = 4, "sms";
        /// Telegram.
        Telegram = 5, "telegram";
        /// A chat widget on a web page.
        WebChat = 6, "web_chat";
        /// Email.
        Email = 7, "email";
        /// RCS.
        Rcs = 8, "rcs";
        /// Viber.
        Viber = 9, "viber";
        /// LINE.
        Line = 10, "line";
        /// A channel of the business's own.
        Custom = 11, "custom";
    }
}

vocabulary! {
    /// Who said it.
    Provider {
        /// The business's own platform: its registrations and what it says of its own sending.
        Sender = 1, "sender";
        /// Meta's WhatsApp Cloud API.
        MetaWhatsApp = 2, "meta_whatsapp";
        /// Meta's Messenger platform.
        MetaMessenger = 3, "meta_messenger";
        /// Meta's Instagram messaging.
        MetaInstagram = 4, "meta_instagram";
        /// Twilio.
        Twilio = 5, "twilio";
        /// Sinch Conversation API.
        SinchConversation = 6, "sinch_conversation";
        /// Sinch SMS (XMS).
        SinchSms = 7, "sinch_sms";
        /// Sinch's Latin American callbacks.
        SinchLatam = 8, "sinch_latam";
        /// Vonage.
        Vonage = 9, "vonage";
        /// Infobip.
        Infobip = 10, "infobip";
        /// 360dialog.
        Dialog360 = 11, "360dialog";
        /// Gupshup.
        Gupshup = 12, "gupshup";
        /// Telegram's bot API.
        Telegram = 13, "telegram";
        /// Any other.
        Other = 99, "other";
    }
}

vocabulary! {
    /// What made an outbound message.
    Source {
        /// An agent.
        User = 1, "user";
        /// A bot.
        Bot = 2, "bot";
        /// A broadcast to many.
        Broadcast = 3, "broadcast";
        /// An automated workflow.
        Workflow = 4, "workflow";
        /// A call of the business's API.
        Api = 5, "api";
        /// Zapier.
        Zapier = 6, "zapier";
        /// Another platform; also what a message is of which only statuses were ever seen.
        Echo = 7, "echo";
    }
}

vocabulary! {
    /// The kind of an outbound message.
    MessageType {
        /// A regular message.
        Session = 1, "session";
        /// A message under a Facebook message tag.
        MessageTag = 2, "message_tag";
        /// A WhatsApp template.
        Template = 3, "template";
    }
}

vocabulary! {
    /// What a message holds.
    ContentType {
        /// Text.
        Text = 1, "text";
        /// Image.
        Image = 2, "image";
        /// Audio, voice notes among them.
        Audio = 3, "audio";
        /// Video.
        Video = 4, "video";
        /// Document.
        Document = 5, "document";
        /// Sticker.
        Sticker = 6, "sticker";
        /// Location.
        Location = 7, "location";
        /// Contact cards.
        Contacts = 8, "contacts";
        /// Interactive: lists, reply buttons, flows.
        Interactive = 9, "interactive";
        /// A button, or the click on one.
        Button = 10, "button";
        /// A reaction to a message.
        Reaction = 11, "reaction";
        /// An order from a catalogue.
        Order = 12, "order";
        /// A template.
        Template = 13, "template";
        /// Something the provider itself could not pass on.
        Unsupported = 14, "unsupported";
    }
}

vocabulary! {
    /// What a piece of evidence says happened to an outbound message.
    StatusKind {
        /// Waiting on the platform.
        Queued = 1, "queued";
        /// Left the platform.
        Dispatched = 2, "dispatched";
        /// Could not leave the platform.
        DispatchFailed = 3, "dispatch_failed";
        /// The provider sent it.
        Sent = 4, "sent";
        /// It reached the recipient's device.
        Delivered = 5, "delivered";
        /// The recipient saw it.
        Read = 6, "read";
        /// The recipient listened to a voice message; implies read.
        Played = 7, "played";
        /// The provider gave up.
        Failed = 8, "failed";
        /// It was deleted.
        Deleted = 9, "deleted";
    }
}

vocabulary! {
    /// Where an outbound message stands.
    MessageState {
        /// Waiting on the platform.
        Queued = 1, "queued";
        /// Left the platform.
        Dispatched = 2, "dispatched";
        /// Sent by the provider.
        Sent = 3, "sent";
        /// Delivered.
        Delivered = 4, "delivered";
        /// Read.
        Read = 5, "read";
        /// Never left the platform.
        DispatchFailed = 6, "dispatch_failed";
        /// Sending or delivery failed.
        Failed = 7, "failed";
    }
}

vocabulary! {
    /// A step on a message's way.
    Stage {
        /// Leaving the platform.
        Dispatch = 1, "dispatch";
        /// Being sent by the provider.
        Send = 2, "send";
        /// Reaching the recipient.
        Delivery = 3, "delivery";
        /// Being seen.
        Read = 4, "read";
    }
}

vocabulary! {
    /// How one stage of a message stands.
    StageStatus {
        /// Not reached yet.
        Pending = 1, "pending";
        /// Reached.
        Succeeded = 2, "succeeded";
        /// The stage at which the message failed.
        Failed = 3, "failed";
        /// It will not come: a stage before it failed, or the channel cannot report it.
        NotApplicable = 4, "not_applicable";
    }
}

vocabulary! {
    /// How an inbound message came to be a reply to an outbound one.
    ReplyAttribution {
        /// A click on one of its buttons or list rows.
        Button = 1, "button";
        /// It quotes the message.
        Quote = 2, "quote";
        /// The message was the latest one within the attribution window.
        Window = 3, "window";
    }
}

vocabulary! {
    /// Who opened a conversation, as the provider's pricing sees it.
    ConversationType {
        /// The contact wrote first.
        UserInitiated = 1, "user_initiated";
        /// The business wrote first.
        BusinessInitiated = 2, "business_initiated";
        /// The contact came through an advertisement or a page's button.
        FreeEntryPoint = 3, "free_entry_point";
    }
}

impl ConversationType {
    /// What the provider's `origin` of a conversation means; `None` for one that nobody has described.
    pub fn from_origin(origin: &str) -> Option<Self> {
        match origin {
            "service" | "user_initiated" => Some(Self::UserInitiated),
            "marketing"
            | "marketing_lite"
            | "utility"
            | "authentication"
            | "authentication_international"
            | "business_initiated" => Some(Self::BusinessInitiated),
            "referral_conversion" | "free_entry_point" => Some(Self::FreeEntryPoint),
            _ => None,
        }
    }
}

vocabulary! {
    /// What an approved template is for.
    TemplateCategory {
        /// Marketing.
        Marketing = 1, "marketing";
        /// Utility.
        Utility = 2, "utility";
        /// Authentication.
        Authentication = 3, "authentication";
    }
}

vocabulary! {
    /// Which way a message went.
    Direction {
        /// Sent by the business (MT).
        Outbound = 1, "outbound";
        /// Sent by the contact (MO).
        Inbound = 2, "inbound";
    }
}

vocabulary! {
    /// What an inbound message is, as far as replies and counts go.
    InboundKind {
        /// An ordinary message: counted as received, may be a reply.
        Regular = 1, "regular";
        /// A reaction to a message: neither counted nor a reply.
        Reaction = 2, "reaction";
        /// A notice of the provider (a changed number, say): neither counted nor a reply, opens no session.
        System = 3, "system";
        /// A call from the contact: neither counted nor a reply, but it opens a session.
        Call = 4, "call";
    }
}
