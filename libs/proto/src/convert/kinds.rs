//! The closed vocabularies: every value of the wire has one of the domain, and the other way round.

use acuse_domain::{calendar, dispatch, kinds, report, taxonomy};

use super::faults::Faults;
use crate::{reporting, types};

/// A vocabulary of the domain as the wire writes it.
pub(crate) trait Vocabulary: Copy + Sized + 'static {
    /// Every value of the domain.
    const VALUES: &'static [Self];

    /// The value of that number on the wire; `None` for "unspecified" and for numbers that are not known.
    fn from_wire(number: i32) -> Option<Self>;

    /// Name of the value in the proto.
    fn wire_name(self) -> &'static str;
}

/// Declares that two enums mean the same, value by value. Leaving one out does not compile.
macro_rules! same {
    ($($domain:ty = $wire:ty { $($mine:ident = $theirs:ident),+ $(,)? })+) => {$(
        impl From<$domain> for $wire {
            fn from(value: $domain) -> Self {
                match value {
                    $(<$domain>::$mine => Self::$theirs,)+
                }
            }
        }

        impl Vocabulary for $domain {
            const VALUES: &'static [Self] = Self::ALL;

            fn from_wire(number: i32) -> Option<Self> {
                match <$wire>::try_from(number).ok()? {
                    <$wire>::Unspecified => None,
                    $(<$wire>::$theirs => Some(Self::$mine),)+
                }
            }

            fn wire_name(self) -> &'static str {
                <$wire>::from(self).as_str_name()
            }
        }
    )+};
}

same! {
    kinds::Channel = types::Channel {
        WhatsApp = Whatsapp, Messenger = Messenger, Instagram = Instagram, Sms = Sms, Telegram = Telegram,
        WebChat = WebChat, Email = Email, Rcs = Rcs, Viber = Viber, Line = Line, Custom = Custom,
    }
    kinds::Provider = types::Provider {
        Sender = Sender, MetaWhatsApp = MetaWhatsapp, MetaMessenger = MetaMessenger, MetaInstagram = MetaInstagram,
        Twilio = Twilio, SinchConversation = SinchConversation, SinchSms = SinchSms, SinchLatam = SinchLatam,
        Vonage = Vonage, Infobip = Infobip, Dialog360 = Dialog360, Gupshup = Gupshup, Telegram = Telegram,
        Other = Other,
    }
    kinds::Source = types::Source {
        User = User, Bot = Bot, Broadcast = Broadcast, Workflow = Workflow, Api = Api, Zapier = Zapier, Echo = Echo,
    }
    kinds::MessageType = types::MessageType {
        Session = Session, MessageTag = MessageTag, Template = Template,
    }
    kinds::ContentType = types::ContentType {
        Text = Text, Image = Image, Audio = Audio, Video = Video, Document = Document, Sticker = Sticker,
        Location = Location, Contacts = Contacts, Interactive = Interactive, Button = Button, Reaction = Reaction,
        Order = Order, Template = Template, Unsupported = Unsupported,
    }
    kinds::StatusKind = types::StatusKind {
        Queued = Queued, Dispatched = Dispatched, DispatchFailed = DispatchFailed, Sent = Sent,
        Delivered = Delivered, Read = Read, Played = Played, Failed = Failed, Deleted = Deleted,
    }
    kinds::MessageState = types::MessageState {
        Queued = Queued, Dispatched = Dispatched, Sent = Sent, Delivered = Delivered, Read = Read,
        DispatchFailed = DispatchFailed, Failed = Failed,
    }
    kinds::Stage = types::Stage {
        Dispatch = Dispatch, Send = Send, Delivery = Delivery, Read = Read,
    }
    kinds::StageStatus = types::StageStatus {
        Pending = Pending, Succeeded = Succeeded, Failed = Failed, NotApplicable = NotApplicable,
    }
    kinds::ReplyAttribution = types::ReplyAttribution {
        Button = Button, Quote = Quote, Window = Window,
    }
    kinds::ConversationType = types::ConversationType {
        UserInitiated = UserInitiated, BusinessInitiated = BusinessInitiated, FreeEntryPoint = FreeEntryPoint,
    }
    kinds::TemplateCategory = types::TemplateCategory {
        Marketing = Marketing, Utility = Utility, Authentication = Authentication,
    }
    kinds::Direction = types::Direction {
        Outbound = Outbound, Inbound = Inbound,
    }
    kinds::InboundKind = types::InboundKind {
        Regular = Regular, Reaction = Reaction, System = System, Call = Call,
    }
    dispatch::DispatchFailureReason = types::DispatchFailureReason {
        InternalError = InternalError, HeaderTooLong = HeaderTooLong, InvalidNumber = InvalidNumber,
        BodyTooLong = BodyTooLong, InsufficientBalance = InsufficientBalance,
        UnassignedVariables = UnassignedVariables,
    }
    taxonomy::FailureCategory = types::FailureCategory {
        InvalidRecipient = InvalidRecipient, NotOptedIn = NotOptedIn, OutsideSessionWindow = OutsideSessionWindow,
        RateLimit = RateLimit, TemplateProblem = TemplateProblem, ContentProblem = ContentProblem, Billing = Billing,
        ProviderFault = ProviderFault, Expired = Expired, Unknown = Unknown,
    }
    taxonomy::FailureAction = types::FailureAction {
        Retry = Retry, Wait = Wait, FixMessage = FixMessage, SuppressContact = SuppressContact, TopUp = TopUp,
        CallProvider = CallProvider,
    }
    calendar::Bucket = reporting::Bucket {
        Hour = Hour, Day = Day, Week = Week, Month = Month,
    }
    calendar::Preset = reporting::Preset {
        Today = Today, Yesterday = Yesterday, Last7Days = Last7Days, Last14Days = Last14Days, Last30Days = Last30Days,
        Last90Days = Last90Days, ThisMonth = ThisMonth, LastMonth = LastMonth,
    }
    report::IdKind = reporting::IdKind {
        Contact = Contact, Phone = Phone, CorrelationId = Correlation, ConversationId = Conversation,
        TicketId = Ticket, MessageId = Message,
    }
}

impl Faults {
    /// A value of a vocabulary that has to be given.
    pub(crate) fn kind<V: Vocabulary>(&mut self, field: &str, number: i32) -> Option<V> {
        if number == 0 {
            self.add(field, format!("must be given: one of {}", names::<V>()));
            return None;
        }
        self.known(field, number)
    }

    /// A value of a vocabulary that may be absent; "unspecified" is not the same as absent.
    pub(crate) fn optional_kind<V: Vocabulary>(
        &mut self,
        field: &str,
        number: Option<i32>,
    ) -> Option<V> {
        let number = number?;
        if number == 0 {
            let names = names::<V>();
            self.add(
                field,
                format!("is unspecified; leave it out or give one of {names}"),
            );
            return None;
        }
        self.known(field, number)
    }

    fn known<V: Vocabulary>(&mut self, field: &str, number: i32) -> Option<V> {
        let value = V::from_wire(number);
        if value.is_none() {
            let names = names::<V>();
            self.add(field, format!("{number} is not known; give one of {names}"));
        }
        value
    }
}

fn names<V: Vocabulary>() -> String {
    let names: Vec<&str> = V::VALUES.iter().map(|value| value.wire_name()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The wire's numbers run from 1 without a gap; each is a value, and every value has one.
    fn check<V>()
    where
        V: Vocabulary + PartialEq + std::fmt::Debug,
    {
        let count = i32::try_from(V::VALUES.len()).unwrap_or(i32::MAX);
        let read: Vec<V> = (1..=count).filter_map(V::from_wire).collect();
        assert_eq!(read.len(), V::VALUES.len());
        for value in V::VALUES {
            assert!(read.contains(value), "{value:?}");
        }
        assert_eq!(V::from_wire(0), None);
        assert_eq!(V::from_wire(count + 1), None);
        assert_eq!(V::from_wire(-1), None);
    }

    #[test]
    fn every_value_has_its_number() {
        check::<kinds::Channel>();
        check::<kinds::Provider>();
        check::<kinds::Source>();
        check::<kinds::MessageType>();
        check::<kinds::ContentType>();
        check::<kinds::StatusKind>();
        check::<kinds::MessageState>();
        check::<kinds::Stage>();
        check::<kinds::StageStatus>();
        check::<kinds::ReplyAttribution>();
        check::<kinds::ConversationType>();
        check::<kinds::TemplateCategory>();
        check::<kinds::Direction>();
        check::<kinds::InboundKind>();
        check::<dispatch::DispatchFailureReason>();
        check::<taxonomy::FailureCategory>();
        check::<taxonomy::FailureAction>();
        check::<calendar::Bucket>();
        check::<calendar::Preset>();
        check::<report::IdKind>();
    }

    #[test]
    fn values_go_out_under_their_own_name() {
        // Pairs are written by hand: names show one that was crossed.
        let plain = |name: &str| name.replace(['_', ' '], "").to_lowercase();
        for value in kinds::StatusKind::VALUES {
            let name = plain(value.wire_name());
            assert_eq!(name, format!("statuskind{}", plain(value.as_str())));
        }
        for value in kinds::Channel::VALUES {
            let name = plain(value.wire_name());
            assert_eq!(name, format!("channel{}", plain(value.as_str())));
        }
        for value in kinds::MessageState::VALUES {
            let name = plain(value.wire_name());
            assert_eq!(name, format!("messagestate{}", plain(value.as_str())));
        }
    }
}
