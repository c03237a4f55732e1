// The demo's own JavaScript: two hooks, for what only a browser can do. docs/howto/javascript.md tells how hooks work.

document.addEventListener("liveex:ready", ({ detail: liveex }) => {
  // A <dialog open> is in the page as it was rendered, also without this script; as a modal one it keeps the focus in it.
  liveex.hooks.register("Modal", {
    mounted() {
      this.el.close();
      this.el.showModal();
      // Escape: the way back is a link, so that the URL says what the page shows.
      this.el.addEventListener("cancel", (event) => {
        event.preventDefault();
        this.el.querySelector("[data-cancel]").click();
      });
    },
  });

  // Puts the text of a chosen file into a field, from where it is sent like typed text.
  liveex.hooks.register("FileText", {
    mounted() {
      this.el.addEventListener("change", async () => {
        const field = document.getElementById(this.el.dataset.into);
        field.value = (await this.el.files[0]?.text()) ?? "";
        field.dispatchEvent(new Event("input", { bubbles: true }));
      });
    },
  });
});
