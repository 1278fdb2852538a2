// What the API refuses, in the words of the page.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Problem } from "../src/api.js";
import { problemWords, refusalWords } from "../src/words.js";

const words = {
  "problem.other": "Не получилось: {detail}",
  "problem.conflict": "Кто-то успел раньше: {detail}",
  "problem.field.login": "Логин",
  "problem.said.is taken": "уже занят",
  "problem.said.must be to characters": "нужно от {0} до {1} знаков",
  "problem.said.version was published meanwhile, the draft was made from": "опубликована версия {0}, а черновик из {1}",
  "problem.said.the CRM refuses for task": "amoCRM отказывает по задаче {0}: {rest}",
};
Object.assign(globalThis, { document: { getElementById: () => ({ textContent: JSON.stringify(words) }) } });

test("a sentence of the API is found without its values and filled in with them", () => {
  assert.equal(refusalWords("must be 12 to 200 characters"), "нужно от 12 до 200 знаков");
  assert.equal(refusalWords("the CRM refuses for task `t1`: no rights"), "amoCRM отказывает по задаче t1: no rights");
  assert.equal(refusalWords("nobody wrote `words` for this"), "nobody wrote `words` for this");
});

test("a problem says what is wrong with the input, a line each", () => {
  const items = [{ path: "login", value: "anna", message: "is taken" }, { path: "x[0]", value: null, message: "odd" }];
  assert.equal(problemWords(new Problem("invalid-input", "", 400, items)), "Логин: уже занят\nx[0]: odd");
});

test("a problem without items is one sentence of the page", () => {
  const detail = "version 7 was published meanwhile, the draft was made from 6";
  assert.equal(problemWords(new Problem("conflict", detail, 409)), "Кто-то успел раньше: опубликована версия 7, а черновик из 6");
  assert.equal(problemWords(new Problem("unheard-of", "odd", 418)), "Не получилось: odd");
});
