for (const svg of document.querySelectorAll('svg[data-x]')) {
  const lines = [...svg.querySelectorAll('.line')].slice(0, 8).map(path => ({
    name: path.dataset.name,
    points: path.dataset.points.split(';').map(point => point.split(',')),
  })).filter(line => line.points.length > 1);
  if (!lines.length) continue;
  const cursor = svg.querySelector('.cursor');
  const tip = document.createElement('div');
  tip.className = 'tip';
  svg.parentNode.append(tip);
  const hide = () => { cursor.style.visibility = tip.style.visibility = 'hidden'; };
  svg.addEventListener('pointerleave', hide);
  svg.addEventListener('pointermove', event => {
    const box = svg.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * 560;
    const value = (x - 52) / (560 - 52 - 12) * svg.dataset.x;
    if (value < 0 || x > 548) return hide();
    const near = points => points.reduce((best, point) =>
      Math.abs(point[0] - value) < Math.abs(best[0] - value) ? point : best);
    const text = lines.map(line => `${line.name}  ${near(line.points)[1]}`);
    cursor.setAttribute('x1', x);
    cursor.setAttribute('x2', x);
    tip.textContent = `${value.toFixed(2)} ${svg.dataset.unit}\n${text.join('\n')}`;
    const left = event.clientX - svg.parentNode.getBoundingClientRect().left;
    tip.style.left = `${left > box.width * .65 ? left - tip.offsetWidth - 14 : left + 14}px`;
    tip.style.top = `${svg.offsetTop + 18}px`;
    cursor.style.visibility = tip.style.visibility = 'visible';
  });
}
