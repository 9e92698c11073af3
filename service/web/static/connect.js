// The runner's time zone comes along, so that hours mean the runner's hours from the first day on.
const field = document.querySelector('input[name="timezone"]');
if (field) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
