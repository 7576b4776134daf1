import { serve } from "../serve.ts";
import { tls } from "./plugin.ts";

serve(tls);
