(function () {
  "use strict";
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");

  function setLanguage(language) {
    root.dataset.lang = root.lang = language;
    document.querySelectorAll("[data-alt-" + language + "]").forEach(function (element) {
      var attribute = element.tagName === "IMG" ? "alt" : "aria-label";
      element.setAttribute(attribute, element.getAttribute("data-alt-" + language));
    });
    document.querySelectorAll("[data-set-lang]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.setLang === language));
    });
    document.title = document.querySelector("h1").innerText + " · atolye";
  }

  document.querySelectorAll("[data-set-lang]").forEach(function (button) {
    button.addEventListener("click", function () { setLanguage(button.dataset.setLang); });
  });
  document.getElementById("theme").addEventListener("click", function () {
    var now = root.dataset.theme || (dark.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
  });

  if ("IntersectionObserver" in window) {
    var links = {};
    document.querySelectorAll("nav a").forEach(function (link) { links[link.hash.slice(1)] = link; });
    var watcher = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        var link = links[entry.target.id];
        if (link) { link.classList.toggle("here", entry.isIntersecting); }
      });
    }, { rootMargin: "-20% 0px -79% 0px" });
    document.querySelectorAll("section[id]").forEach(function (section) { watcher.observe(section); });
  }
})();
