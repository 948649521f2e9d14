document.title = 'Console of the shop';
