import { expect, test } from "vitest";
import { code_field, code_in, line_of, missing, NO_PARTS, parts_of } from "./line";

test("a line that was pasted whole is taken apart and put together the same", () => {
  const line = "https://centre.example:8443#ABCD2345#SHA256-print";
  const parts = parts_of(` ${line.replace("ABCD", "abcd")}\n`);
  expect(parts).toEqual({ address: "https://centre.example:8443", code: "ABCD2345", fingerprint: "SHA256-print" });
  expect(line_of(parts!)).toBe(line);
  expect(missing(parts!)).toBeNull();
});

test("a code typed by hand is eight characters, whatever stands between them", () => {
  expect(code_in("abcd-2345 6")).toBe("ABCD2345");
  expect(code_in("ＡＢ１")).toBe("AB1");
  expect(code_field("abcd23456")).toBe("ABCD2345");
  expect(parts_of("ABCD2345")).toBeNull();
});

test("a line scanned into the code's place is kept until it is whole", () => {
  let field = "";
  for (const c of "http://127.0.0.1:81#abcd2345") field = code_field(field + c);
  expect(parts_of(field)).toEqual({ address: "http://127.0.0.1:81", code: "ABCD2345", fingerprint: "" });
});

test("it says what is missing: a fingerprint everywhere but on this machine", () => {
  expect(missing(NO_PARTS)).toBe("code");
  expect(missing({ ...NO_PARTS, code: "ABCD2345" })).toBe("address");
  expect(missing({ ...NO_PARTS, code: "ABCD2345", address: "centre.example" })).toBe("fingerprint");
  expect(missing({ ...NO_PARTS, code: "ABCD2345", address: "localhost:81" })).toBeNull();
  expect(line_of({ ...NO_PARTS, code: "ABCD2345", address: "localhost:81" })).toBe("http://localhost:81#ABCD2345");
  expect(line_of({ code: "ABCD2345", address: "centre.example", fingerprint: "f" })).toBe("https://centre.example#ABCD2345#f");
});
