import { OttlError } from "../values.js";
import { type Access, expectString, type Key } from "./access.js";

const TRACE_STATE = 3;
const MEMBERS_MAX = 32;
const SIMPLE_KEY = /^[a-z][a-z0-9_\-*/]{0,255}$/;
const TENANT_KEY = /^[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13}$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

type Member = readonly [key: string, value: string];

/** One entry of a W3C `tracestate`. What cannot be parsed has no entries and stays as it is. */
export function indexTraceState(keys: readonly Key[]): Access {
  const [key] = keys;
  if (key === undefined || keys.length !== 1)
    throw new OttlError("must provide exactly 1 key when accessing trace_state");
  return {
    get: (context) => {
      const name = expectString(key(context));
      const members = parse(context.span.getString(TRACE_STATE));
      return members === undefined ? null : (members.find(([one]) => one === name)?.[1] ?? "");
    },
    set: (context, value) => {
      const text = expectString(value);
      const name = expectString(key(context));
      const members = parse(context.span.getString(TRACE_STATE));
      if (members === undefined || !isKey(name) || !VALUE.test(text)) return;
      const others = members.filter(([one]) => one !== name).slice(0, MEMBERS_MAX - 1);
      const written = [[name, text] as Member, ...others].map((member) => member.join("=")).join(",");
      context.span.setString(TRACE_STATE, written);
    },
  };
}

function parse(text: string): Member[] | undefined {
  const members: Member[] = [];
  for (const part of text.split(",")) {
    const member = part.replace(/^[ \t]+|[ \t]+$/g, "");
    if (member === "") continue;
    const equals = member.indexOf("=");
    const key = member.slice(0, Math.max(equals, 0));
    const value = member.slice(equals + 1);
    if (!isKey(key) || !VALUE.test(value) || members.some(([one]) => one === key)) return undefined;
    members.push([key, value]);
  }
  return members.length > MEMBERS_MAX ? undefined : members;
}

function isKey(key: string): boolean {
  return SIMPLE_KEY.test(key) || TENANT_KEY.test(key);
}
