// The inference peer of `hkafer bench compare`: ONNX Runtime on the processor.
// node onnx_forward.js MODULES MODEL.onnx BATCH PIXELS STEPS THREADS prints one JSON object: images/s and peak memory.
const path = require('path');
const [modules, model, batch, pixels, steps, threads] = process.argv.slice(2).map((a, i) => (i < 2 ? a : Number(a)));
const ort = require(path.join(modules, 'onnxruntime-node'));

(async () => {
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: threads, graphOptimizationLevel: 'all' });
  const shape = [batch, 3, pixels, pixels];
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => Math.random() - 0.5);
  const feeds = { [session.inputNames[0]]: new ort.Tensor('float32', values, shape) };
  await session.run(feeds);
  const seconds = [];
  for (let i = 0; i < steps; i++) {
    const start = process.hrtime.bigint();
    await session.run(feeds);
    seconds.push(Number(process.hrtime.bigint() - start) / 1e9);
  }
  seconds.sort((a, b) => a - b);
  const median = (seconds[(steps - 1) >> 1] + seconds[steps >> 1]) / 2;
  const version = require(path.join(modules, 'onnxruntime-node', 'package.json')).version;
  console.log(JSON.stringify({ version, forward: batch / median, forward_peak: process.resourceUsage().maxRSS * 1024 }));
})();
