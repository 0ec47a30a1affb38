/** The till's page. */
import { mount } from "svelte";
import App from "./App.svelte";
import { begin_look } from "./till/look";
import { guard_presses } from "./till/press_guard";
import "./tokens.css";
import "./base.css";

begin_look();
guard_presses(window);
const target = document.getElementById("app");
if (target !== null) mount(App, { target });
