// Sends an operation to the server of this page.

export async function fetcher({ query, operationName, variables }, { headers } = {}) {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query, operationName, variables }),
  });
  return response.json();
}
