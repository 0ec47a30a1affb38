/** The first screen, in English. */
import type { first as zh_first } from "./zh_first";

export const first: typeof zh_first = {
  keys: {
    practise: () => "Start practising",
    connect: () => "Connect the store",
    choose: (i) => (i.way === "shop" ? "Connect a real store" : "Practise first"),
    clear: () => "Clear",
    language: () => "简体中文",
    theme: () => "Appearance",
    keys: () => "All keys",
    close_keys: () => "Close",
  },
  other_name: "算盘",
  title: "Practise first, or connect a store?",
  why: "Change at any time. Practice and real records never mix.",
  opening: "Opening the till",
  practice: {
    title: "Practise first",
    why: "A sample store and stand-ins for the platforms.",
    points: ["No real money, no network, nothing to fill in", "Try it: pay, pay late, pay twice, cut the network", "One press clears it all afterwards"],
    begin: "Start practising",
    busy: "Preparing the practice store",
  },
  shop: {
    title: "Connect a real store",
    why: "Ask head office for an 8-character code.",
    points: ["A code works once, for 30 minutes", "From then on this machine sells for that store", "Printer and scanner can follow later"],
    begin: "Connect the store",
    busy: "Connecting to head office",
    code: "8-character code, or paste the whole line",
    address: "Head office address",
    fingerprint: "Fingerprint",
    whole_line: "Easiest: paste the whole line, address#code#fingerprint",
    lacking: {
      code: "The code has 8 characters; some are missing",
      address: "The address is missing; it came with the code",
      fingerprint: "The fingerprint is missing; it keeps others out",
    },
  },
  leave: "Leave practice",
  leave_why: "Everything practised is cleared",
};
