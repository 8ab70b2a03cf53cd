//! Who was told something: replicas tell each other, so that whoever watches hears of it wherever they are connected.

use acuse_domain::ids::Digest;
use futures::StreamExt as _;
use redis::{AsyncCommands as _, RedisResult};
use tokio::time::{sleep, timeout};

use super::{Live, PATIENCE, REST, SILENCE};
use crate::bells::Bells;

impl Live {
    /// Tells all replicas that somebody was told something.
    pub(crate) async fn tell_notified(&self, whom: Digest) {
        let channel = self.notified();
        let mut redis = self.connection.clone();
        self.ask(redis.publish::<_, _, ()>(channel, format!("{whom:?}")))
            .await;
    }

    /// Rings as often as some replica tells that somebody was told something; for ever.
    pub(crate) async fn follow_notified(&self, bells: &Bells) {
        loop {
            // What goes wrong is told by the calls that want an answer.
            let _ = self.hear_notified(bells).await;
            sleep(REST).await;
        }
    }

    /// Returns where the connection breaks, or heard nothing for long.
    async fn hear_notified(&self, bells: &Bells) -> RedisResult<()> {
        let subscribing = async {
            let mut subscription = self.client.get_async_pubsub().await?;
            subscription.subscribe(self.notified()).await?;
            RedisResult::Ok(subscription)
        };
        let Ok(subscription) = timeout(4 * PATIENCE, subscribing).await else {
            return Ok(());
        };
        let mut messages = subscription?.into_on_message();
        // Nobody listened until now.
        bells.ring_all();
        while let Ok(Some(message)) = timeout(SILENCE, messages.next()).await {
            let text: String = message.get_payload()?;
            if let Ok(digits) = u128::from_str_radix(&text, 16) {
                bells.ring(Digest(digits.to_be_bytes()));
            }
        }
        Ok(())
    }

    /// Where it is told that somebody was told something.
    fn notified(&self) -> String {
        format!("{}:notified", self.keys.prefix)
    }
}
