// A message that a caller left. It is fetched when somebody wants to hear it, and by nobody else.

export async function play(button) {
  const place = button.closest(".voicemail");
  const [audio, status] = [place.querySelector("audio"), place.querySelector("[role=status]")];
  button.disabled = true;
  status.textContent = "Fetching the message …";
  try {
    const answer = await fetch(button.dataset.audio, { headers: { Accept: "audio/wav" } });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).detail ?? "The message could not be fetched.");
    audio.src = URL.createObjectURL(await answer.blob());
    audio.hidden = false;
    button.hidden = true;
    status.textContent = "";
    audio.focus();
    await audio.play();
  } catch (error) {
    button.disabled = false;
    status.textContent = error.message;
  }
}
