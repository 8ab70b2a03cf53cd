//! Groups: which workspaces are folded in one transaction.

use std::collections::HashSet;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer};

use super::{AT_ONCE, RUN};

/// Workspaces that share a transaction at most: others wait for the positions of all of them meanwhile.
const TOGETHER: usize = 100;

/// A workspace that is behind, and by how many changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub(super) struct Behind {
    #[diesel(sql_type = Integer)]
    pub(super) workspace_id: i32,
    #[diesel(sql_type = BigInt)]
    pub(super) changes: i64,
}

/// Which workspaces are folded together: a transaction costs more than a few changes. Each has about as many changes as others
/// that are under way at once, and no more than one run of one workspace. Those that are `failing` are alone, after the others: a
/// transaction that one of them takes part in is in vain for all.
pub(super) fn shared_out(behind: &[Behind], failing: &HashSet<i32>) -> Vec<Vec<Behind>> {
    let (alone, behind): (Vec<Behind>, Vec<Behind>) = behind
        .iter()
        .partition(|workspace| failing.contains(&workspace.workspace_id));
    let run = |workspace: &Behind| workspace.changes.min(RUN);
    let all: i64 = behind.iter().map(run).sum();
    let fair = all.unsigned_abs().div_ceil(AT_ONCE as u64);
    let most = i64::try_from(fair).unwrap_or(RUN).min(RUN);
    let mut groups: Vec<Vec<Behind>> = Vec::new();
    let mut room = 0;
    for workspace in behind {
        let changes = run(&workspace);
        match groups.last_mut() {
            Some(group) if changes <= room && group.len() < TOGETHER => group.push(workspace),
            _ => {
                groups.push(vec![workspace]);
                room = most;
            }
        }
        room -= changes;
    }
    groups.extend(alone.into_iter().map(|workspace| vec![workspace]));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(changes: &[i64]) -> Vec<Vec<i32>> {
        groups_beside(changes, &[])
    }

    fn groups_beside(changes: &[i64], failing: &[i32]) -> Vec<Vec<i32>> {
        let behind: Vec<Behind> = (1..)
            .zip(changes)
            .map(|(workspace_id, changes)| Behind {
                workspace_id,
                changes: *changes,
            })
            .collect();
        let ids = |group: Vec<Behind>| group.iter().map(|one| one.workspace_id).collect();
        shared_out(&behind, &failing.iter().copied().collect())
            .into_iter()
            .map(ids)
            .collect()
    }

    #[test]
    fn few_changes_of_many_workspaces_go_together() {
        assert_eq!(groups(&[]), Vec::<Vec<i32>>::new());
        assert_eq!(groups(&[7]), [[1]]);
        assert_eq!(groups(&[10, 10, 10, 10]), [[1, 2], [3, 4]]);
        assert_eq!(groups(&[1, 1, 100, 1]), [vec![1, 2], vec![3], vec![4]]);
    }

    #[test]
    fn a_group_has_no_more_than_a_run() {
        let many = 3 * RUN;
        assert_eq!(groups(&[many, many]), [[1], [2]]);
        assert_eq!(groups(&[1, many, 1]), [vec![1], vec![2], vec![3]]);
        let half = RUN / 2;
        assert_eq!(groups(&[half; 5]), [vec![1, 2], vec![3, 4], vec![5]]);
        let sizes: Vec<usize> = groups(&[1; 250]).iter().map(Vec::len).collect();
        assert_eq!(sizes, [100, 100, 50]);
    }

    #[test]
    fn who_fails_is_alone_and_last() {
        let few = [1; 4];
        assert_eq!(groups_beside(&few, &[2]), [vec![1, 3], vec![4], vec![2]]);
        assert_eq!(groups_beside(&few, &[3, 1]), [[2], [4], [1], [3]]);
        assert_eq!(groups_beside(&[1], &[1, 7]), [[1]]);
    }
}
