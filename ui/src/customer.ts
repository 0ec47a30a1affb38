/** The customer display: a page of its own, for a second screen. */
import { mount } from "svelte";
import Customer from "./customer/Customer.svelte";
import { begin_look } from "./till/look";
import "./tokens.css";
import "./base.css";

begin_look();
const target = document.getElementById("app");
if (target !== null) mount(Customer, { target });
