/** The till's page. */
import { mount } from "svelte";
import App from "./App.svelte";
import { begin_look } from "./till/look";
import "./tokens.css";
import "./base.css";

begin_look();
const target = document.getElementById("app");
if (target !== null) mount(App, { target });
