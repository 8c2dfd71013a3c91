/**
 * Loaded before the catalog's other scripts, because it is small: finds the key, and asks for what
 * the address shows, while they are on their way.
 */

import { findKey } from "./api/apiKey";
import { nameOf, type EarlyAnswer } from "./api/earlyAnswers";
import type { Variables } from "./api/json";
import getTemplate from "./api/operations/get-template.graphql";
import getViewer from "./api/operations/get-viewer.graphql";
import listTemplates from "./api/operations/list-templates.graphql";
import { send } from "./api/server";
import { parseAddress } from "./browse/address";
import { listVariables } from "./browse/listVariables";

const address = parseAddress(location.search);
const answers = new Map<string, EarlyAnswer>();
const key = findKey();
globalThis.catalogEarly = { key, answers };

function ask(apiKey: string, operation: string, variables: Variables): void {
  const promise = send(apiKey, operation, variables, new AbortController().signal);
  const answer: EarlyAnswer = { promise };
  answers.set(nameOf(apiKey, operation, variables), answer);
  promise.then(
    (received) => {
      answer.received = received;
    },
    () => undefined, // Whoever takes it asks again.
  );
}

key.then(
  (found) => {
    if (found === null) return;
    if (address.id !== null) ask(found, getTemplate, { id: address.id });
    else if (address.page === "") {
      ask(found, listTemplates, { ...listVariables(address), after: null });
    }
    ask(found, getViewer, {});
  },
  () => undefined, // Reported by the page, which looks again.
);
