import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { knownKey } from './key';
import './catalog.css';

const root = document.getElementById('root');
if (root === null) throw new Error('no root');
const key = await knownKey();
createRoot(root).render(
  <StrictMode>
    <App firstKey={key} />
  </StrictMode>,
);
