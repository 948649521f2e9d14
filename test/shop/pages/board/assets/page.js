document.body.textContent = 'This page has loaded its script.';
