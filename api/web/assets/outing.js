// A click on the map asks the server which door is there; the words field does the same.
const form = document.getElementById("sur-la-carte");
const map = form?.querySelector("svg");

if (map) {
  form.hidden = false;
  map.addEventListener("click", (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
    form.elements.x.value = Math.max(0, at.x).toFixed(1);
    form.elements.y.value = Math.max(0, at.y).toFixed(1);
    form.submit();
  });
}
