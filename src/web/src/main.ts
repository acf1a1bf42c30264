// Starts the interface.
import { mount } from 'svelte';
import App from './App.svelte';
import { navigation } from './lib/navigation.svelte.ts';
import { preferences } from './lib/preferences.svelte.ts';
import { texts } from './text/localized.ts';
import './style/tokens.css';
import './style/base.css';

preferences.start();
navigation.start();

const target = document.getElementById('app');
// In a task of its own: a finger that comes between is answered.
if (target) void texts.ready().then(() => setTimeout(() => mount(App, { target })));
