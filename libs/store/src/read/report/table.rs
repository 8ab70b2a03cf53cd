//! A table as reports read it: what a query's group and conditions are called in it.

use std::borrow::Cow;

use acuse_domain::calendar::Zone;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::kinds::Direction;
use acuse_domain::report::{
    Axis as Along, Condition, Counted, Dimension, Group, Key, NO_VALUE, Query, RepliedAt,
};
use acuse_domain::time::Timestamp;
use diesel::sql_types::{Array, Integer};

use super::axis::Axis;
use super::fit::Unfit;
use crate::sql::Sql;

/// Up to how many conditions there are few enough kinds of statements on rollups to stay prepared.
const FEW: usize = 3;

/// A table, which queries know as `stored`.
pub(super) trait Table {
    /// Its name, with the schema.
    fn name(&self) -> String;

    /// The column of time.
    fn at(&self) -> &'static str;

    /// What that column holds.
    fn axis(&self) -> Axis;

    /// An expression for the value of a dimension, as [`Dimension::value_of`] says it; `None` where it is not known.
    fn value(&self, dimension: Dimension) -> Option<Cow<'static, str>>;

    /// The column that holds the value of a dimension, or null for none, where there is one: what the planner keeps
    /// statistics of.
    fn column(&self, _: Dimension) -> Option<&'static str> {
        None
    }

    /// An expression for the key of a group by hours of first replies.
    ///
    /// # Errors
    /// Fails where that is not known.
    fn reply_hour(&self, _zone: &Zone) -> Result<&'static str, Unfit> {
        Err(Unfit::ReplyHours)
    }

    /// An expression for the kind of a proactive send.
    ///
    /// # Errors
    /// Fails where that is not known.
    fn proactive(&self) -> Result<Cow<'static, str>, Unfit> {
        Err(Unfit::Proactive)
    }

    /// Adds what else holds of all rows that are asked of.
    fn only(&self, sql: Sql, direction: Direction) -> Sql;

    /// Adds the expression of a cell's key.
    ///
    /// # Errors
    /// Fails where the table cannot group so.
    fn key(&self, sql: Sql, group: &Group) -> Result<Sql, Unfit> {
        let sql = match group {
            Group::All => sql.push("0::int8"),
            Group::By(axis) => self.along(sql, axis)?,
            Group::Both(first, second) => {
                let first = self.along(sql.push("("), first)?;
                let bits = Key::SECOND_BITS;
                self.along(first.push(&format!(" << {bits}) + ")), second)?
            }
            Group::ReplyHours(zone) => sql.push(&format!("({})::int8", self.reply_hour(zone)?)),
            Group::Proactive => sql.push(&format!("({})::int8", self.proactive()?)),
        };
        Ok(sql.push(" AS key"))
    }

    /// Adds an expression for the value along an axis.
    ///
    /// # Errors
    /// Fails where the table does not know it.
    fn along(&self, sql: Sql, axis: &Along) -> Result<Sql, Unfit> {
        Ok(match axis {
            Along::Parts(starts) => {
                self.all_held(starts)?;
                let part = format!("(width_bucket({}, ?) - 1)::int8", self.at());
                self.axis().bind_all(sql.push(&part), starts)
            }
            Along::Values(dimension) => sql.push(&format!("({})::int8", self.known(*dimension)?)),
        })
    }

    /// Adds the department of what is counted, where cells are to be told apart by it; gives by how many columns there is to
    /// be grouped, the key being the first.
    ///
    /// # Errors
    /// Fails where the table does not know departments.
    fn department(&self, sql: Sql, wanted: bool) -> Result<(Sql, &'static str), Unfit> {
        if !wanted {
            return Ok((sql.push(", 0 AS department"), " GROUP BY 1"));
        }
        let value = self.known(Dimension::Department)?;
        let sql = sql.push(&format!(", ({value})::int4 AS department"));
        Ok((sql, " GROUP BY 1, 2"))
    }

    /// Adds `FROM` and `WHERE`: the rows that count for a query.
    ///
    /// # Errors
    /// Fails where the table does not know what they are.
    fn matching(&self, sql: Sql, workspace: WorkspaceId, query: &Query) -> Result<Sql, Unfit> {
        let sql = sql.push(&format!(" FROM {} AS stored", self.name()));
        self.conditions(sql, workspace, query)
    }

    /// Adds `WHERE` with all conditions of a query.
    ///
    /// # Errors
    /// Fails where the table does not know what they are.
    fn conditions(&self, sql: Sql, workspace: WorkspaceId, query: &Query) -> Result<Sql, Unfit> {
        let (at, axis, interval) = (self.at(), self.axis(), query.interval);
        self.all_held(&[interval.start, interval.end])?;
        let mut sql = sql
            .push(" WHERE stored.workspace_id = ?")
            .bind::<Integer, _>(workspace.0);
        sql = axis.bind(sql.push(&format!(" AND {at} >= ?")), interval.start);
        sql = axis.bind(sql.push(&format!(" AND {at} < ?")), interval.end);
        sql = self.only(sql, query.direction);
        if let Some(windows) = &query.windows {
            self.all_held(windows.bounds())?;
            // Inside are the instants by which an odd number of bounds has passed.
            let inside = sql.push(&format!(" AND width_bucket({at}, ?) % 2 = 1"));
            sql = axis.bind_all(inside, windows.bounds());
        }
        if query.conditions.len() > FEW {
            sql = sql.once();
        }
        for condition in &query.conditions {
            let values: Vec<i32> = condition.values.iter().copied().collect();
            sql = sql
                .push(&format!(" AND {}", self.admitted(condition)?))
                .bind::<Array<Integer>, _>(values);
        }
        for counted in &query.counted {
            sql = self.counted(sql.once(), *counted, query)?;
        }
        if let Some(replied) = &query.replied {
            sql = self.replied(sql.once(), replied)?;
        }
        Ok(sql)
    }

    /// Adds that rows count in something.
    ///
    /// # Errors
    /// Fails where the table does not know single messages.
    fn counted(&self, _: Sql, _: Counted, _: &Query) -> Result<Sql, Unfit> {
        Err(Unfit::Counted)
    }

    /// Adds that first replies came at some hours.
    ///
    /// # Errors
    /// Fails where the table does not know single messages.
    fn replied(&self, _: Sql, _: &RepliedAt) -> Result<Sql, Unfit> {
        Err(Unfit::Counted)
    }

    /// Whether a condition admits a row, with a bind for its values.
    ///
    /// # Errors
    /// Fails where its dimension is not known.
    fn admitted(&self, condition: &Condition) -> Result<String, Unfit> {
        let column = self.column(condition.dimension);
        let value = self.known(condition.dimension)?;
        Ok(match (column, condition.admits(NO_VALUE)) {
            (_, _) if condition.negated => format!("NOT ({value} = ANY(?))"),
            (Some(column), true) => format!("({column} IS NULL OR {column} = ANY(?))"),
            (Some(column), false) => format!("{column} = ANY(?)"),
            (None, _) => format!("{value} = ANY(?)"),
        })
    }

    /// Binds the instant before which pending messages are unconfirmed.
    ///
    /// # Errors
    /// Fails where that is within the interval and cannot be told apart.
    fn bind_unconfirmed(&self, sql: Sql, query: &Query) -> Result<Sql, Unfit> {
        let (before, interval) = (query.unconfirmed_before, query.interval);
        // Outside, all or none of the interval lies before it.
        let before = before.clamp(interval.start, interval.end.max(interval.start));
        self.all_held(&[before])?;
        Ok(self.axis().bind(sql, before))
    }

    /// The expression of a dimension that has to be known.
    ///
    /// # Errors
    /// Fails where it is not.
    fn known(&self, dimension: Dimension) -> Result<Cow<'static, str>, Unfit> {
        self.value(dimension).ok_or(Unfit::Dimension(dimension))
    }

    /// Checks that time can be cut at all of these.
    ///
    /// # Errors
    /// Fails with the first at which it cannot.
    fn all_held(&self, instants: &[Timestamp]) -> Result<(), Unfit> {
        let axis = self.axis();
        match instants.iter().find(|at| !axis.holds(**at)) {
            Some(at) => Err(Unfit::Time(*at)),
            None => Ok(()),
        }
    }
}
