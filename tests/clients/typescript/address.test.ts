/* Addresses as people write them, and where tokens come from. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect, environmentToken } from "@acuse/client/node";
import { connect as connectToWeb } from "@acuse/client/web";
import { baseUrl } from "../../../clients/typescript/dist/address.js";

test("an address says whether it is spoken to in plain", () => {
  const known = {
    "127.0.0.1:7101": "http://127.0.0.1:7101",
    "localhost:7101": "http://localhost:7101",
    "[::1]:7101": "http://[::1]:7101",
    " 127.0.0.1:7101\n": "http://127.0.0.1:7101",
    "acuse.example.com:7101": "https://acuse.example.com:7101",
    "acuse.example.com": "https://acuse.example.com",
    "10.0.0.7:7101": "https://10.0.0.7:7101",
    "2001:db8::7": "https://[2001:db8::7]",
    "[2001:db8::7]:7101": "https://[2001:db8::7]:7101",
    "http://10.0.0.7:7101": "http://10.0.0.7:7101",
    "HTTP://localhost": "http://localhost",
    "https://localhost:7101/": "https://localhost:7101",
  };
  const found = Object.keys(known).map((address) => [address, baseUrl(address, "grpc")]);
  assert.deepEqual(Object.fromEntries(found), known);
});

test("what is no address is refused, and what is wrong is said", () => {
  const wrong = {
    "ftp://acuse.example.com": /a URL of http or https/,
    "https://acuse.example.com/acuse": /services have no path/,
    "acuse.example.com:7101/acuse": /services have no path/,
    "https://acuse.example.com?workspace=acme": /no address/,
    localhost: /as in localhost:7101/,
    "127.0.0.1": /as in 127\.0\.0\.1:7101/,
    "::1": /as in \[::1\]:7101/,
    "[acuse]:7101": /no address/,
    "acuse.example.com:http": /no address/,
    "acuse.example.com:71010": /no address/,
    "somebody@acuse.example.com": /no address/,
    "acuse example.com:7101": /no address/,
    "": /no address/,
  };
  for (const [address, message] of Object.entries(wrong)) {
    assert.throws(() => connect(address), { name: "TypeError", message }, address);
  }
});

test("from a page a service may be below a path", () => {
  assert.equal(baseUrl("https://acuse.example.com/reporting/", "grpc-web"), "https://acuse.example.com/reporting");
  assert.throws(() => connectToWeb("https://acuse.example.com/reporting?workspace=acme"), TypeError);
});

test("a token's file is read anew, and without one it is the variable or that is missed", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "acuse-token-"));
  context.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "token");
  process.env["ACUSE_TOKEN"] = "another";
  process.env["ACUSE_TOKEN_FILE"] = file;
  const token = environmentToken();
  for (const text of ["first", "second"]) {
    await writeFile(file, text);
    assert.equal(await token(), text);
  }
  delete process.env["ACUSE_TOKEN_FILE"];
  assert.equal(await environmentToken()(), "another");
  delete process.env["ACUSE_TOKEN"];
  assert.throws(environmentToken, { name: "TypeError", message: /set ACUSE_TOKEN/ });
});
