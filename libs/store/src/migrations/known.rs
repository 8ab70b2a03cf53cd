//! The migrations that there are, and applying one.
//!
//! They are said to the server by the driver itself: Diesel's connections keep no SQLSTATE of what went wrong, and the text of it
//! is in whatever language the server speaks.

use std::any::Any;
use std::error::Error;

use diesel::QueryResult;
use diesel::connection::{BoxableConnection, SimpleConnection};
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use tokio_postgres::Client;

use super::failure::Failure;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// One migration.
pub(super) struct Known {
    /// The name of its folder.
    pub(super) name: String,
    /// What is noted of it where it was applied.
    pub(super) version: String,
    up: String,
    down: String,
    in_transaction: bool,
}

/// All of them, in their order.
pub(super) fn all() -> Result<Vec<Known>, Box<dyn Error + Send + Sync>> {
    let mut all = MigrationSource::<Pg>::migrations(&MIGRATIONS)?
        .iter()
        .map(|one| Known::read(&**one))
        .collect::<Result<Vec<_>, _>>()?;
    all.sort_by(|one, other| one.version.cmp(&other.version));
    Ok(all)
}

/// Which way a migration goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
}

impl Known {
    fn read(migration: &dyn Migration<Pg>) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let (mut up, mut down) = (Text::default(), Text::default());
        migration.run(&mut up)?;
        migration.revert(&mut down)?;
        Ok(Self {
            name: migration.name().to_string(),
            version: migration.name().version().to_string(),
            up: up.0,
            down: down.0,
            in_transaction: migration.metadata().run_in_transaction(),
        })
    }

    /// What it does.
    pub(super) fn text(&self) -> &str {
        &self.up
    }

    /// Applies it or takes it back, and notes that, in one transaction unless it cannot be run in any.
    pub(super) async fn go(&self, client: &mut Client, way: Way) -> Result<(), Failure> {
        let done = self.said(client, way).await;
        done.map_err(|error| Failure::of(Some(&self.name), &error))
    }

    async fn said(&self, client: &mut Client, way: Way) -> Result<(), tokio_postgres::Error> {
        let (text, note) = match way {
            Way::Up => (
                &self.up,
                "INSERT INTO __diesel_schema_migrations (version) VALUES ($1)",
            ),
            Way::Down => (
                &self.down,
                "DELETE FROM __diesel_schema_migrations WHERE version = $1",
            ),
        };
        if !self.in_transaction {
            client.batch_execute(text).await?;
            client.execute(note, &[&self.version]).await?;
            return Ok(());
        }
        let transaction = client.transaction().await?;
        transaction.batch_execute(text).await?;
        transaction.execute(note, &[&self.version]).await?;
        transaction.commit().await
    }
}

/// A connection to nowhere, which keeps what it is told.
#[derive(Default)]
struct Text(String);

impl SimpleConnection for Text {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.0.push_str(query);
        Ok(())
    }
}

impl BoxableConnection<Pg> for Text {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}
