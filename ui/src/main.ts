import { mount } from 'svelte';
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import App from './App.svelte';
import { currentLanguage, setLanguage } from './i18n/dictionary.svelte';
import { currentTheme, setTheme } from './state/theme.svelte';

setTheme(currentTheme());
setLanguage(currentLanguage());
mount(App, { target: document.getElementById('app')! });
