//! What one snapshot has compared with another, by the layers that they stand on.

use sandboxd_shared::domain::{ErrorBody, ErrorCode};
use sandboxd_shared::store::{Connection, layers};

use super::storage::Storage;
use crate::runner::JobError;
use crate::workspace::{Chain, Diff, DiffOptions, LayerName, Lineage};

/// How often a comparison is begun again because layers went meanwhile.
const ATTEMPTS: usize = 3;

impl Storage {
    /// What the snapshot that stands on `after` has compared with the one on `before`; none is an
    /// empty workspace. No lock is held: a layer that is in place before and after has been in
    /// place all the time, since one that was given up never comes back.
    ///
    /// # Errors
    /// A conflict if one of the two is deleted meanwhile; of the database or the file system.
    pub async fn diff(
        &self,
        before: Option<&str>,
        after: Option<&str>,
        options: &DiffOptions,
    ) -> Result<Diff, JobError> {
        for _ in 0..ATTEMPTS {
            let mut conn = self.store.read().await?;
            let sides = [before, after].map(|layer| layer.map(str::to_owned));
            let [one, other] = sides;
            let one = self.lineage(&mut conn, one.as_deref()).await?;
            let other = self.lineage(&mut conn, other.as_deref()).await?;
            drop(conn);
            let found = self.driver.diff(&one, &other, options).await;
            if self.were_in_place(&[&one, &other]).await? {
                return Ok(found?);
            }
        }
        Err(gone())
    }

    async fn lineage(
        &self,
        conn: &mut Connection,
        layer: Option<&str>,
    ) -> Result<Lineage, JobError> {
        let Some(layer) = layer else { return Ok(Lineage::default()) };
        let chain = self.chain(conn, Some(layer)).await?;
        if chain.depth() == 0 {
            return Err(gone());
        }
        let names = layers::origin(conn, layer).await?;
        let names = names.into_iter().map(LayerName::new).collect::<Result<Vec<_>, _>>()?;
        Ok(Lineage { chain, origin: Chain::new(names)? })
    }

    async fn were_in_place(&self, sides: &[&Lineage]) -> Result<bool, JobError> {
        let chains = sides.iter().flat_map(|side| [&side.chain, &side.origin]);
        let names: Vec<String> =
            chains.flat_map(Chain::layers).map(|layer| layer.as_str().to_owned()).collect();
        Ok(layers::are_ready(&mut *self.store.read().await?, &names).await?)
    }
}

fn gone() -> JobError {
    let message = "one of the snapshots was deleted meanwhile";
    JobError::Fail { public: ErrorBody::new(ErrorCode::Conflict, message), cause: None }
}
