/** What a batch asserts of its tenant, as SQL: that it has its data in this database. */
export function isResidentSql(tenant: string): string {
  return `EXISTS (SELECT 1 FROM residence WHERE residence.tenant = ${tenant} AND state IN ('resident', 'leaving'))`;
}
