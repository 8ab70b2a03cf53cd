use acuse_domain::calendar::Zone;
use acuse_domain::glossary::Language;
use acuse_proto::convert::timestamp;
use acuse_proto::types::{
    self, AgentRef, ChannelAccountRef, ContactRef, Content, Conversation, Failure, MessageFailure,
    NamedRef, ProviderMessageId, Reply, TemplateRef,
};

use super::*;

fn at(text: &str) -> Option<prost_types::Timestamp> {
    let at = text.parse::<jiff::Timestamp>().unwrap();
    Some(timestamp(at.into()))
}

fn stage(status: types::StageStatus, at: Option<prost_types::Timestamp>) -> Option<StageView> {
    let status = status.into();
    Some(StageView { status, at })
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn named_ref(id: &str, name: &str) -> Option<NamedRef> {
    Some(NamedRef {
        id: id.to_owned(),
        name: text(name),
    })
}

/// A template that a user sent, delivered and replied to, with everything told.
pub(in super::super) fn replied() -> Message {
    let succeeded = types::StageStatus::Succeeded;
    Message {
        id: "0183917e-0000-7000-8000-000000000000".to_owned(),
        sender_message_id: text("1795830683"),
        channel: Some(types::Channel::Whatsapp.into()),
        channel_account: Some(ChannelAccountRef {
            id: "106540352242922".to_owned(),
            name: text("Ventas Lima"),
            phone: text("+5116419000"),
        }),
        contact: Some(ContactRef {
            external_id: text("C-88"),
            name: text("José Ñáñez"),
            phone: text("+51977452931"),
            channel_user_id: text("51977452931"),
            ..ContactRef::default()
        }),
        source: types::Source::User.into(),
        r#type: Some(types::MessageType::Template.into()),
        subtype: Some(Subtype::Template(TemplateRef {
            id: text("1795801177"),
            name: text("bienvenida"),
            category: Some(types::TemplateCategory::Utility.into()),
            ..TemplateRef::default()
        })),
        account: named_ref("s1", "Tienda"),
        campaign: named_ref("c1", "Octubre"),
        department: named_ref("d1", "Ventas"),
        agent: Some(AgentRef {
            id: "a1".to_owned(),
            name: text("Diana Huapaya"),
            email: text("diana@example.com"),
        }),
        content_type: Some(types::ContentType::Template.into()),
        content: Some(Content {
            body: text("Te damos la bienvenida…"),
            ..Content::default()
        }),
        ticket_id: text("T-7"),
        correlation_id: text("corr-1"),
        conversation: Some(Conversation {
            id: text("conv-1"),
            expires_at: at("2022-10-03T05:00:00Z"),
            ..Conversation::default()
        }),
        conversation_type: Some(types::ConversationType::BusinessInitiated.into()),
        session_open: Some(false),
        origin_at: at("2022-10-02T04:59:57Z"),
        dispatch: stage(succeeded, at("2022-10-02T04:59:58Z")),
        send: stage(succeeded, at("2022-10-02T04:59:59Z")),
        delivery: stage(succeeded, at("2022-10-02T05:00:00Z")),
        read: stage(types::StageStatus::Pending, None),
        state: types::MessageState::Delivered.into(),
        reply: Some(Reply {
            text: text("Gracias"),
            ..Reply::default()
        }),
        ..Message::default()
    }
}

/// The same where a provider gave up on it.
fn failed() -> Message {
    Message {
        state: types::MessageState::Failed.into(),
        send: stage(types::StageStatus::Failed, at("2022-10-02T05:00:01Z")),
        delivery: stage(types::StageStatus::NotApplicable, None),
        failure: Some(MessageFailure {
            failure: Some(Failure {
                code: text("131026"),
                title: text("Message undeliverable"),
                ..Failure::default()
            }),
            failed_at: at("2022-10-02T05:00:01Z"),
            provider: types::Provider::MetaWhatsapp.into(),
            ..MessageFailure::default()
        }),
        ..replied()
    }
}

fn words(language: Language) -> Words {
    let zone: Zone = "America/Lima".parse().unwrap();
    Words::new(language, &zone)
}

/// The labels and cells of a row, as people read them.
fn shown(table: &Table<Message>, row: &Message, language: Language) -> Vec<(&'static str, String)> {
    let mut words = words(language);
    let cells: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let mut text = String::new();
            (column.cell)(row, &mut words).put(&mut text);
            text
        })
        .collect();
    let labels = table.pick(&[]).labels(&words);
    labels.into_iter().zip(cells).collect()
}

fn expect(table: &Table<Message>, row: &Message, language: Language, is: &[(&str, &str)]) {
    let shown = shown(table, row, language);
    let shown: Vec<(&str, &str)> = shown
        .iter()
        .map(|(label, cell)| (*label, cell.as_str()))
        .collect();
    assert_eq!(shown, is);
}

#[test]
fn the_list_tells_who_sent_what_to_whom() {
    expect(
        &OUTBOUND,
        &replied(),
        Language::Spanish,
        &[
            ("Timestamp", "2022-10-01 23:59:57"),
            ("Fuente", "Usuario"),
            ("Usuario", "Diana Huapaya"),
            ("ID de contacto", "C-88"),
            ("Nombre del contacto", "José Ñáñez"),
            ("Marca de tiempo de entrega", "2022-10-02 00:00:00"),
            ("Marca de tiempo de lectura", "-"),
            ("Canal", "WhatsApp"),
            ("Tipo", "Plantilla de WhatsApp"),
            ("Subtipo", "bienvenida"),
            ("Contenido", "Te damos la bienvenida…"),
        ],
    );
    let broadcast = Message {
        source: types::Source::Broadcast.into(),
        ..replied()
    };
    let shown = shown(&OUTBOUND, &broadcast, Language::English);
    assert_eq!(
        shown[1..3],
        [("Source", "Broadcast".to_owned()), ("User", "-".to_owned())]
    );
}

#[test]
fn the_failed_ones_tell_when_and_why() {
    expect(
        &FAILED,
        &failed(),
        Language::Portuguese,
        &[
            ("Data e hora", "2022-10-02 00:00:01"),
            ("Origem", "Usuário"),
            ("Usuário", "Diana Huapaya"),
            ("ID do contato", "C-88"),
            ("Nome do contato", "José Ñáñez"),
            ("Canal", "WhatsApp"),
            ("Tipo", "Modelo do WhatsApp"),
            ("Subtipo", "bienvenida"),
            ("Conteúdo", "Te damos la bienvenida…"),
            ("Erro", "131026 - Message undeliverable"),
        ],
    );
}

#[test]
fn the_detailed_ones_tell_everything() {
    let common = [
        ("Teléfono", "+51977452931"),
        ("ID de usuario de WhatsApp", "+5116419000"),
        ("Subcuenta", "Tienda"),
        ("Campaña", "Octubre"),
        ("Usuario", "Diana Huapaya"),
        ("Tipo de contenido", "Plantilla"),
        ("Mensaje enviado", "Te damos la bienvenida…"),
        ("Enviado con sesión", "No"),
        ("ID de correlación", "corr-1"),
        ("ID de conversación", "conv-1"),
        ("Tipo de conversación", "Iniciada por la empresa"),
        (
            "Fecha de caducidad de la conversación",
            "2022-10-03 00:00:00",
        ),
    ];
    let with = |sent, state| [&[("Enviado", sent), ("Estado", state)][..], &common].concat();
    let delivered = with("2022-10-01 23:59:59", "Entregado");
    expect(&DETAILED_SENT, &replied(), Language::Spanish, &delivered);
    let why = "Envío o entrega fallida: 131026 - Message undeliverable";
    // When it left, as it was never sent.
    let gone = with("2022-10-01 23:59:58", why);
    expect(&DETAILED_SENT, &failed(), Language::Spanish, &gone);
}

#[test]
fn individual_sends_tell_of_people_and_tickets() {
    expect(
        &INDIVIDUAL_SENDS,
        &replied(),
        Language::Spanish,
        &[
            ("Plantilla HSM", "bienvenida"),
            ("Tipo de plantilla", "Utilidad"),
            ("Fecha y hora de envío", "2022-10-01 23:59:59"),
            ("Departamento del HSM", "Ventas"),
            ("Email del usuario", "diana@example.com"),
            ("Nombre del usuario", "Diana Huapaya"),
            ("ID del mensaje", "1795830683"),
            ("Teléfono del destinatario", "+51977452931"),
            ("Estado del mensaje", "Entregado"),
            ("ID interno del ticket", "T-7"),
            ("Identificador del ticket", "T-7"),
            ("Teléfono de la cuenta emisora", "+5116419000"),
            ("Nombre de la cuenta emisora", "Ventas Lima"),
            ("Respuesta", "Gracias"),
        ],
    );
}

#[test]
fn a_failure_that_does_not_count_is_no_reason() {
    let mut row = failed();
    row.state = types::MessageState::Delivered.into();
    assert_eq!(
        shown(&DETAILED_SENT, &row, Language::English)[1].1,
        "Delivered"
    );
    row.state = types::MessageState::Failed.into();
    row.failure = Some(MessageFailure::default());
    assert_eq!(
        shown(&DETAILED_SENT, &row, Language::English)[1].1,
        "Send or delivery failed"
    );
}

#[test]
fn ids_stand_where_nothing_better_is_known() {
    let mut row = replied();
    row.sender_message_id = None;
    row.contact.as_mut().unwrap().external_id = None;
    row.contact.as_mut().unwrap().phone = None;
    row.channel_account.as_mut().unwrap().phone = None;
    let cell = |table: &Table<Message>, row: &Message, index: usize| {
        shown(table, row, Language::Spanish)[index].1.clone()
    };
    assert_eq!(cell(&OUTBOUND, &row, 3), "51977452931");
    assert_eq!(cell(&DETAILED_SENT, &row, 2), "51977452931");
    assert_eq!(cell(&DETAILED_SENT, &row, 3), "106540352242922");
    assert_eq!(cell(&INDIVIDUAL_SENDS, &row, 6), row.id);
    row.provider_message_ids = vec![ProviderMessageId {
        id: "wamid.1".to_owned(),
        ..ProviderMessageId::default()
    }];
    assert_eq!(cell(&INDIVIDUAL_SENDS, &row, 6), "wamid.1");
}

#[test]
fn what_is_not_known_is_nothing() {
    let row = Message::default();
    for table in [OUTBOUND, FAILED, DETAILED_SENT, INDIVIDUAL_SENDS] {
        for (label, cell) in shown(&table, &row, Language::Spanish) {
            assert_eq!(cell, "-", "{label}");
        }
    }
}
