//! Permissions: what a role includes, which ones are for people only, and which answers can be narrowed to a part of the charges.

use std::str::FromStr;

use tollgate_policy::Role;

/// A permission, as the scope of an API key and the requirement of a route name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Reads costs, series, comparisons, cost drivers and coverage of tags.
    ReadCosts,
    /// Reads statements, allocations and unit costs.
    ReadStatements,
    /// Closes the allocation of a month.
    CloseStatements,
    /// Reads incidents.
    ReadIncidents,
    /// Acknowledges, snoozes, assigns and dismisses incidents.
    HandleIncidents,
    /// Reads budgets with status and history.
    ReadBudgets,
    /// Reads forecasts.
    ReadForecasts,
    /// Reads recommendations, commitments and savings.
    ReadAdvice,
    /// Dismisses and postpones recommendations.
    HandleAdvice,
    /// Reads resources.
    ReadResources,
    /// Reads change plans.
    ReadPlans,
    /// Proposes change plans.
    ProposePlans,
    /// Approves and declines change plans.
    DecidePlans,
    /// Stops and resumes changes.
    StopChanges,
    /// Reads imports, runs, deliveries, health and the use of the API.
    ReadOperations,
    /// Imports and rolls back files, tests and triggers sources.
    RunImports,
    /// Reads the policy.
    ReadPolicy,
    /// Puts a policy into effect.
    WritePolicy,
    /// Reads the audit log.
    ReadAudit,
    /// Runs SQL over all charges.
    RunSql,
    /// Creates, lists, rotates and revokes API keys, and ends sessions.
    ManageKeys,
}

/// A row of the table of permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermissionRow {
    /// The permission.
    pub permission: Permission,
    /// Its name as a scope: `costs:read`.
    pub scope: &'static str,
    /// The lowest role that includes it.
    pub role: Role,
    /// Whether service accounts never have it.
    pub people_only: bool,
    /// Whether its answers can be narrowed to the charges that a caller may see. Others are refused to callers who see only some.
    pub narrows: bool,
}

const fn row(permission: Permission, scope: &'static str, role: Role) -> PermissionRow {
    PermissionRow { permission, scope, role, people_only: false, narrows: false }
}

const fn narrowed(row: PermissionRow) -> PermissionRow {
    PermissionRow { narrows: true, ..row }
}

const fn for_people(row: PermissionRow) -> PermissionRow {
    PermissionRow { people_only: true, ..row }
}

/// Every permission, in the order of [`Permission`].
pub const PERMISSIONS: &[PermissionRow] = &[
    narrowed(row(Permission::ReadCosts, "costs:read", Role::Viewer)),
    row(Permission::ReadStatements, "statements:read", Role::Viewer),
    row(Permission::CloseStatements, "statements:close", Role::Engineer),
    row(Permission::ReadIncidents, "incidents:read", Role::Viewer),
    row(Permission::HandleIncidents, "incidents:write", Role::Engineer),
    row(Permission::ReadBudgets, "budgets:read", Role::Viewer),
    row(Permission::ReadForecasts, "forecasts:read", Role::Viewer),
    row(Permission::ReadAdvice, "advice:read", Role::Viewer),
    row(Permission::HandleAdvice, "advice:write", Role::Engineer),
    row(Permission::ReadResources, "resources:read", Role::Viewer),
    row(Permission::ReadPlans, "plans:read", Role::Viewer),
    row(Permission::ProposePlans, "plans:propose", Role::Engineer),
    for_people(row(Permission::DecidePlans, "plans:decide", Role::Approver)),
    for_people(row(Permission::StopChanges, "plans:stop", Role::Approver)),
    row(Permission::ReadOperations, "operations:read", Role::Viewer),
    row(Permission::RunImports, "imports:write", Role::Admin),
    row(Permission::ReadPolicy, "policy:read", Role::Engineer),
    row(Permission::WritePolicy, "policy:write", Role::Admin),
    row(Permission::ReadAudit, "audit:read", Role::Approver),
    row(Permission::RunSql, "sql:read", Role::Engineer),
    for_people(row(Permission::ManageKeys, "keys:manage", Role::Admin)),
];

impl Permission {
    /// Returns its row in the table.
    pub fn row(self) -> PermissionRow {
        // A permission without a row is one that nobody has.
        let missing = for_people(row(self, "unknown", Role::Admin));
        PERMISSIONS.iter().find(|row| row.permission == self).copied().unwrap_or(missing)
    }

    /// Returns its name as a scope: `costs:read`.
    pub fn scope(self) -> &'static str {
        self.row().scope
    }
}

impl FromStr for Permission {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = PERMISSIONS.iter().find(|row| row.scope == text.trim()).map(|row| row.permission);
        found.ok_or_else(|| {
            let known: Vec<&str> = PERMISSIONS.iter().map(|row| row.scope).collect();
            format!("there is no scope `{text}`\nhint: scopes: {}", known.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_permission_has_one_row_and_one_scope() {
        let permissions: BTreeSet<Permission> = PERMISSIONS.iter().map(|row| row.permission).collect();
        let scopes: BTreeSet<&str> = PERMISSIONS.iter().map(|row| row.scope).collect();
        assert_eq!(permissions.len(), PERMISSIONS.len());
        assert_eq!(scopes.len(), PERMISSIONS.len());
        // The last variant of the enumeration: a variant without a row moves one of them.
        assert_eq!(permissions.len(), Permission::ManageKeys as usize + 1);
        for row in PERMISSIONS {
            assert_eq!(row.scope.parse(), Ok(row.permission));
        }
        assert!("costs:write".parse::<Permission>().unwrap_err().contains("scopes: costs:read, "));
    }
}
