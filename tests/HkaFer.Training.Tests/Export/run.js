// Runs an ONNX file in ONNX Runtime: node run.js MODULES MODEL INPUT OUTPUT SIZE... The input is float32, little-endian; the logits are written likewise,
// and the metadata and the number of probabilities printed as JSON.
const [modules, model, input, output, ...size] = process.argv.slice(2);
const ort = require(`${modules}/onnxruntime-node`);
const fs = require('fs');
(async () => {
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 });
  const bytes = fs.readFileSync(input);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const results = await session.run({ pixel_values: new ort.Tensor('float32', values, size.map(Number)) });
  fs.writeFileSync(output, Buffer.from(results.logits.data.buffer, results.logits.data.byteOffset, results.logits.data.byteLength));
  console.log(JSON.stringify({ shape: results.logits.dims, probabilities: Array.from(results.probabilities.data) }));
})().catch(error => { console.error(error); process.exit(1); });
