import { describe, expect, test } from "vitest";
import { maskErrorMessage, maskSqlLiterals } from "./sql.js";
import { redactQuery, redactUrl } from "./url.js";

describe("SQL literals", () => {
  const masked = (sql: string, expected: string): void => {
    test(sql, () => expect(maskSqlLiterals(sql)).toBe(expected));
  };
  masked("SELECT * FROM users WHERE email = 'a@b.c'", "SELECT * FROM users WHERE email = ?");
  masked("select 'it''s', E'a\\'b', $$x 'y'$$, $tag$ 1 $$ 2 $tag$", "select ?, ?, ?, ?");
  masked("SELECT 1, -2.5e-3, .5, 0xFF, 1_000", "SELECT ?, -?, ?, ?, ?");
  masked('SELECT t1.c2 FROM "T 3" t1 WHERE x = $1', 'SELECT t1.c2 FROM "T 3" t1 WHERE x = $1');
  masked("SELECT 1 -- 'secret'\n, 2 /* pin 1234 */ + 3", "SELECT ?  \n, ?   + ?");
  masked("WHERE id IN (1, 2, 3) AND n IN ('a','b')", "WHERE id IN (?) AND n IN (?)");
  masked("INSERT INTO t VALUES (1, 'a'), (2, 'b')", "INSERT INTO t VALUES (?)");
  masked("SELECT 'never closed", "SELECT ?");
  masked("SELECT $$never closed", "SELECT ?");
  masked("SELECT a::int4, b - 1 FROM s2.t_3", "SELECT a::int4, b - ? FROM s2.t_3");
  masked("SELECT 'C:\\' WHERE n = 'secret' OR m = N'x' OR b'01' = U&'y'", "SELECT ? WHERE n = ? OR m = ? OR ? = ?");
  masked("SELECT type'abc', e1.x", "SELECT type?, e1.x");
  masked("LIMIT 10;", "LIMIT ?;");
});

describe("messages of PostgreSQL", () => {
  const masked = (message: string, expected: string): void => {
    test(message, () => expect(maskErrorMessage(message)).toBe(expected));
  };
  masked('invalid input syntax for type uuid: "s3cret"', 'invalid input syntax for type uuid: "?"');
  masked('value "99999999999" is out of range for type integer', 'value "?" is out of range for type integer');
  masked("Key (email)=(a@b.c) already exists.", "Key (email)=(?) already exists.");
  masked('relation "orders" does not exist', 'relation "orders" does not exist');
});

describe("URLs", () => {
  test("credentials in a query", () => {
    expect(redactQuery("?a=1&X-Amz-Signature=zz&PASSWORD=p%20q&b")).toBe(
      "?a=1&X-Amz-Signature=REDACTED&PASSWORD=REDACTED&b",
    );
  });
  test("user name and password", () => {
    expect(redactUrl(new URL("https://u:p@h:81/x?sig=1#f"))).toBe("https://REDACTED:REDACTED@h:81/x?sig=REDACTED#f");
  });
});
