/** The till's page. */
import { mount } from "svelte";
import App from "./App.svelte";
import { stored_theme, wear } from "./till/theme";
import "./tokens.css";
import "./base.css";

wear(stored_theme());
const target = document.getElementById("app");
if (target !== null) mount(App, { target });
